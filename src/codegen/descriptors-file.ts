import { create, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';
import { descriptorShape, type ProtoFile } from '../proto/index.js';

// Loaded only when there is something to make.

/** Every file of `google.protobuf` that a generated proto may import. */
export const wellKnownFiles: readonly FileDescriptorProto[] = [
  file_google_protobuf_field_mask.proto,
  file_google_protobuf_struct.proto,
  file_google_protobuf_timestamp.proto,
];

/** A proto file, and what identifies its content. */
interface DescribedFile {
  readonly file: ProtoFile;
  readonly content: string;
}

/**
 * The generated file that server reflection answers from: the `.proto` files without their comments.
 *
 * @param previous The file of the last generation, as it was made; files of the same content are taken from there.
 */
export function descriptorsFile(described: readonly DescribedFile[], previous: string): string {
  const files = described.map(({ file }) => file);
  const imported = wellKnownFiles.filter(({ name }) => files.some(({ imports }) => imports.includes(name)));
  const known = new Map([...previous.matchAll(ENTRY)].map(([text, name = '']) => [name, text]));
  const entries = [
    ...imported.map((file) => entry(file.name, file)),
    ...described.map(({ file, content }) => {
      const name = `${file.path} ${content}`;
      return known.get(name) ?? entry(name, toDescriptor(file));
    }),
  ];
  return `
/** Every file of the protos as a serialised \`FileDescriptorProto\` in base64, for server reflection. */
export const descriptors: readonly string[] = [
${entries.join('\n')}
];
`;
}

/** Converts a proto file to a descriptor, without `protoc` and without its comments, which no program needs. */
export function toDescriptor(file: ProtoFile): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, descriptorShape(file));
}

const ENTRY = /^ {2}\/\/ (.+)\n {2}'.*',$/gm;

function entry(name: string, file: FileDescriptorProto): string {
  const bytes = toBinary(FileDescriptorProtoSchema, file);
  return `  // ${name}\n  '${Buffer.from(bytes).toString('base64')}',`;
}
