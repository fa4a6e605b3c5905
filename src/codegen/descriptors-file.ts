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

/** The generated file that server reflection answers from: the `.proto` files without their comments. */
export function descriptorsFile(files: readonly ProtoFile[]): string {
  const imported = wellKnownFiles.filter(({ name }) => files.some(({ imports }) => imports.includes(name)));
  return `
/** Every file of the protos as a serialised \`FileDescriptorProto\` in base64, for server reflection. */
export const descriptors: readonly string[] = [
${[...imported.map(entry), ...files.map((file) => entry(toDescriptor(file)))].join('\n')}
];
`;
}

/** Converts a proto file to a descriptor, without `protoc` and without its comments, which no program needs. */
export function toDescriptor(file: ProtoFile): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, descriptorShape(file));
}

function entry(file: FileDescriptorProto): string {
  const bytes = toBinary(FileDescriptorProtoSchema, file);
  return `  // ${file.name}\n  '${Buffer.from(bytes).toString('base64')}',`;
}
