import {
  type FileDescriptorProto,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';

/** Every file of Google's that a generated proto may import. */
export const wellKnownFiles: readonly FileDescriptorProto[] = [
  file_google_protobuf_field_mask.proto,
  file_google_protobuf_struct.proto,
  file_google_protobuf_timestamp.proto,
];
