import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type DescriptorProtoSchema,
  type EnumDescriptorProtoSchema,
  type FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  type ServiceDescriptorProtoSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { InternalError } from '../../errors/index.js';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoService } from './proto-file.js';

/** A descriptor as a plain object. */
export type DescriptorShape = MessageInitShape<typeof FileDescriptorProtoSchema>;

/** Converts a proto file to a descriptor, without `protoc` and without its comments, which no program needs. */
export function toDescriptor(file: ProtoFile): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, descriptorShape(file));
}

/** The same as the plain object that code generators read, with the comments. */
export function describedFile(file: ProtoFile): DescriptorShape {
  return { ...descriptorShape(file), sourceCodeInfo: { location: commentLocations(file) } };
}

function descriptorShape(file: ProtoFile) {
  return {
    name: file.path,
    package: file.package,
    syntax: 'proto3',
    dependency: [...file.imports],
    service: file.services.map((service) => serviceDescriptor(service, file.package)),
    messageType: file.messages.map((message) => messageDescriptor(message, file.package)),
    enumType: file.enums.map(enumDescriptor),
  };
}

/** Field numbers of `descriptor.proto`, which the path of a comment is made of. */
const Path = { message: 4, enum: 5, service: 6, fieldOfMessage: 2, methodOfService: 2, valueOfEnum: 2 } as const;

function serviceDescriptor(
  service: ProtoService,
  scope: string,
): MessageInitShape<typeof ServiceDescriptorProtoSchema> {
  return {
    name: service.name,
    method: service.methods.map(({ name, request, response, streams }) => ({
      name,
      inputType: `.${scope}.${request}`,
      outputType: `.${scope}.${response}`,
      serverStreaming: streams,
    })),
  };
}

function messageDescriptor(
  { name, fields }: ProtoMessage,
  scope: string,
): MessageInitShape<typeof DescriptorProtoSchema> {
  const optional = fields.filter(isProto3Optional);
  return {
    name,
    field: fields.map((field) => fieldDescriptor(field, scope, optional.indexOf(field))),
    // proto3 represents `optional` as a oneof with one field.
    oneofDecl: optional.map((field) => ({ name: `_${field.name}` })),
  };
}

function fieldDescriptor(
  field: ProtoField,
  scope: string,
  oneofIndex: number,
): MessageInitShape<typeof FieldDescriptorProtoSchema> {
  return {
    name: field.name,
    number: field.number,
    label: field.label === 'repeated' ? Label.REPEATED : Label.OPTIONAL,
    type: typeOf(field),
    ...(field.kind === 'scalar' ? {} : { typeName: typeName(field.type, scope) }),
    ...(oneofIndex >= 0 ? { proto3Optional: true, oneofIndex } : {}),
  };
}

function isProto3Optional({ kind, label }: ProtoField): boolean {
  return label === 'optional' && kind !== 'message';
}

function typeName(type: string, scope: string): string {
  return type.startsWith('google.') ? `.${type}` : `.${scope}.${type}`;
}

function typeOf({ type, kind }: ProtoField): Type {
  if (kind === 'message') return Type.MESSAGE;
  if (kind === 'enum') return Type.ENUM;
  const scalar = SCALAR_TYPES[type];
  if (scalar === undefined) throw new InternalError(`no descriptor type for ${type}`);
  return scalar;
}

const SCALAR_TYPES: Readonly<Record<string, Type>> = {
  string: Type.STRING,
  bool: Type.BOOL,
  int32: Type.INT32,
  int64: Type.INT64,
  uint32: Type.UINT32,
  uint64: Type.UINT64,
  double: Type.DOUBLE,
  bytes: Type.BYTES,
};

function enumDescriptor({ name, values }: ProtoEnum): MessageInitShape<typeof EnumDescriptorProtoSchema> {
  return { name, value: values.map((value) => ({ name: value.name, number: value.number })) };
}

function commentLocations({ services, messages, enums }: ProtoFile) {
  return [
    ...services.flatMap(({ comment, methods }, index) => [
      at([Path.service, index], comment),
      ...methods.map((method, inner) => at([Path.service, index, Path.methodOfService, inner], method.comment)),
    ]),
    ...messages.flatMap(({ comment, fields }, index) => [
      at([Path.message, index], comment),
      ...fields.map((field, inner) => at([Path.message, index, Path.fieldOfMessage, inner], field.comment)),
    ]),
    ...enums.flatMap(({ comment, values }, index) => [
      at([Path.enum, index], comment),
      ...values.map((value, inner) => at([Path.enum, index, Path.valueOfEnum, inner], value.comment ?? '')),
    ]),
  ].filter(({ leadingComments }) => leadingComments !== '');
}

function at(path: number[], comment: string) {
  const leadingComments =
    comment === ''
      ? ''
      : `${comment
          .split('\n')
          .map((line) => ` ${line}`)
          .join('\n')}\n`;
  return { path, span: [0, 0, 0], leadingComments };
}
