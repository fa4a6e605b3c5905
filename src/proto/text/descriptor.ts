import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  ServiceDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { InternalError } from '../../errors/index.js';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoService } from './proto-file.js';

/** A descriptor as a plain object. */
export type DescriptorShape = MessageInitShape<typeof FileDescriptorProtoSchema>;

/** A proto file as the plain object that code generators read, with its comments. */
export function describedFile(file: ProtoFile): DescriptorShape {
  return { ...descriptorShape(file), sourceCodeInfo: { location: commentLocations(file) } };
}

/** The same without the comments, which no program needs. */
export function descriptorShape(file: ProtoFile) {
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
    label: field.label === 'repeated' ? LABEL.repeated : LABEL.optional,
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

/** Numbers of `descriptor.proto`; its own TypeScript takes longer to load than all that is needed of it here. */
const LABEL = { optional: 1, repeated: 3 } as const;
const TYPE = {
  double: 1,
  int64: 3,
  uint64: 4,
  int32: 5,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
} as const;

function typeOf({ type, kind }: ProtoField): (typeof TYPE)[keyof typeof TYPE] {
  if (kind !== 'scalar') return TYPE[kind];
  if (isScalar(type)) return TYPE[type];
  throw new InternalError(`no descriptor type for ${type}`);
}

function isScalar(type: string): type is keyof typeof TYPE {
  return Object.hasOwn(TYPE, type);
}

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
