import { toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { GENERATED_HEADER } from '../proto/index.js';
import { wellKnownFiles } from './proto-graph.js';

/** The file that server reflection answers from: what the `.proto` files say, without their comments. */
export function descriptorsFile(files: readonly FileDescriptorProto[]): string {
  const imported = wellKnownFiles.filter(({ name }) => files.some(({ dependency }) => dependency.includes(name)));
  return `${GENERATED_HEADER}

/** Every file of the protos as a serialised \`FileDescriptorProto\` in base64, for server reflection. */
export const descriptors: readonly string[] = [
${[...imported, ...files].map(entry).join('\n')}
];
`;
}

function entry({ sourceCodeInfo: _, ...file }: FileDescriptorProto): string {
  const bytes = toBinary(FileDescriptorProtoSchema, file);
  return `  // ${file.name}\n  '${Buffer.from(bytes).toString('base64')}',`;
}
