import {
  type EnumModel,
  type Field,
  type Include,
  pascalCase,
  type SchemaModel,
  type StreamModel,
  snakeCase,
} from '../model/index.js';
import { generatableSchema } from './generatable-schema.js';
import { protoTypeOf } from './names/field-types.js';
import { enumLockKeyOf, enumValueName, includeLockKeyOf, lockKeyOf, namesOf } from './names/names.js';
import { type FieldLock, type NumberedNames, numbersOf } from './numbers/field-lock.js';
import { nextLock } from './numbers/next-lock.js';
import { enumFilter, sharedFile } from './text/filter-messages.js';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoService, Reserved } from './text/proto-file.js';
import { orderEnum, requestMessages } from './text/request-messages.js';

/** The proto files of a schema, and the lock to commit beside them. */
interface SchemaProto {
  /** The schema without the models that cannot be generated; those are among the skipped. */
  readonly schema: SchemaModel;
  readonly files: readonly ProtoFile[];
  readonly lock: FieldLock;
}

/**
 * Converts a schema to proto files: one per model, one for the enums, and one with the types that all requests share.
 *
 * @param packageName Without its version, such as `library`.
 * @param previous The lock of the last generation: every number in it keeps its meaning.
 */
export function schemaToProto(whole: SchemaModel, packageName: string, previous: FieldLock): SchemaProto {
  const schema = generatableSchema(whole, previous);
  const lock = nextLock(schema, packageName, previous);
  const place = { package: `${packageName}.v1`, folder: `${packageName.replaceAll('.', '/')}/v1` };
  const used = new Set(schema.models.flatMap((model) => model.fields.map(enumOf)));
  const enums = schema.enums.filter(({ name }) => used.has(name));
  const paths = { shared: `${place.folder}/streaming.proto`, enums: `${place.folder}/enums.proto` };
  const files = schema.models.map((model) => modelFile(model, lock, place, paths));
  const shared = [
    ...(files.length > 0 ? [sharedFile(place.package, paths.shared)] : []),
    ...(enums.length > 0 ? [enumsFile(enums, lock, place.package, paths.enums)] : []),
  ];
  return { schema, files: [...files, ...shared], lock };
}

/** The field numbers of a model's columns and includes, by Prisma's field name. */
export function fieldNumbers(model: StreamModel, lock: FieldLock): ReadonlyMap<string, number> {
  const numbers = lock.messages[lockKeyOf(model)]?.active ?? {};
  return new Map([
    ...model.fields.map(({ name, column }): [string, number] => [name, numbers[column]?.number ?? 0]),
    ...model.includes.map((include): [string, number] => [
      include.name,
      numbers[includeLockKeyOf(include)]?.number ?? 0,
    ]),
  ]);
}

/** The numbers of an enum's values, by Prisma's value name. */
export function enumNumbers(model: EnumModel, lock: FieldLock): ReadonlyMap<string, number> {
  const numbers = lock.enums[enumLockKeyOf(model)]?.active ?? {};
  return new Map(model.values.map((value) => [value.name, numbers[value.stored]?.number ?? 0]));
}

function modelFile(
  model: StreamModel,
  lock: FieldLock,
  place: { readonly package: string; readonly folder: string },
  paths: { readonly shared: string; readonly enums: string },
): ProtoFile {
  const names = namesOf(model);
  const numbers = fieldNumbers(model, lock);
  const fields = [
    ...model.fields.map((field) => protoField(field, numbers.get(field.name) ?? 0)),
    ...model.includes.map((include) => includeField(include, numbers.get(include.name) ?? 0)),
  ];
  const row: ProtoMessage = {
    name: names.message,
    comment: model.documentation ?? `A row of ${model.table}.`,
    fields,
    reserved: reservedOf(lock.messages[lockKeyOf(model)]),
  };
  const orders = lock.orders[lockKeyOf(model)] ?? { active: {}, reserved: {} };
  return {
    path: `${place.folder}/${snakeCase(model.name)}.proto`,
    package: place.package,
    imports: [...importsOf(fields, paths), ...includedFiles(model, place.folder)],
    services: [serviceOf(model)],
    messages: [row, ...requestMessages({ model, names, row, orders })],
    enums: [orderEnum(names, orders, reservedOf(orders))],
  };
}

function serviceOf(model: StreamModel): ProtoService {
  const names = namesOf(model);
  return {
    name: names.service,
    comment: `Streams ${model.table} in the order of ${model.key.fields.map(snakeCase).join(', ')}.`,
    methods: [
      { ...rpc(names.streamRows), streams: true, comment: 'One row a message: the simplest thing to consume.' },
      { ...rpc(names.streamBatches), streams: true, comment: 'Many rows a message: the fastest way to move a table.' },
      { ...rpc(names.partitionTable), streams: false, comment: PARTITIONS_COMMENT },
    ],
  };
}

const PARTITIONS_COMMENT = 'Splits the key range, so that several consumers read one table side by side.';

function rpc({ method, request, response }: { method: string; request: string; response: string }) {
  return { name: method, request, response };
}

function protoField(field: Field, number: number): ProtoField {
  return { name: snakeCase(field.name), number, ...protoTypeOf(field), comment: field.documentation ?? '' };
}

function includeField({ name, model, list, documentation = '' }: Include, number: number): ProtoField {
  const label = list ? 'repeated' : 'optional';
  return {
    name: snakeCase(name),
    number,
    type: namesOf({ name: model }).message,
    kind: 'message',
    label,
    comment: documentation,
  };
}

function includedFiles({ includes }: StreamModel, folder: string): string[] {
  return [...new Set(includes.map(({ model }) => `${folder}/${snakeCase(model)}.proto`))];
}

function importsOf(
  fields: readonly ProtoField[],
  { shared, enums }: { readonly shared: string; readonly enums: string },
): string[] {
  const types = new Set(fields.map(({ type }) => type));
  return [
    'google/protobuf/field_mask.proto',
    ...(types.has('google.protobuf.Value') ? ['google/protobuf/struct.proto'] : []),
    ...(types.has('google.protobuf.Timestamp') ? ['google/protobuf/timestamp.proto'] : []),
    ...(fields.some(({ kind }) => kind === 'enum') ? [enums] : []),
    shared,
  ];
}

function enumsFile(enums: readonly EnumModel[], lock: FieldLock, packageName: string, path: string): ProtoFile {
  return {
    path,
    package: packageName,
    imports: [],
    services: [],
    messages: enums.map(({ name }) => enumFilter(pascalCase(name))),
    enums: enums.map((model) => protoEnum(model, lock)),
  };
}

function protoEnum(model: EnumModel, lock: FieldLock): ProtoEnum {
  const name = pascalCase(model.name);
  const numbers = enumNumbers(model, lock);
  const values = model.values.map((value) => ({
    name: enumValueName(name, value.name),
    number: numbers.get(value.name) ?? 0,
    comment: value.documentation ?? '',
  }));
  return {
    name,
    comment: model.documentation ?? '',
    values: [{ name: enumValueName(name, 'UNSPECIFIED'), number: 0 }, ...values.sort((a, b) => a.number - b.number)],
    reserved: reservedOf(lock.enums[enumLockKeyOf(model)]),
  };
}

function enumOf({ type }: Field): string | undefined {
  return type.kind === 'enum' ? type.enum : undefined;
}

/** The numbers and names that a message or an enum must not use again: those of removed members, and those that a member gave up. */
function reservedOf(names: NumberedNames | undefined): Reserved {
  const gone = Object.values(names?.reserved ?? {}).sort((a, b) => a.number - b.number);
  const active = Object.values(names?.active ?? {});
  const inUse = new Set(active.map(({ name }) => name));
  const numbers = [...gone.flatMap(numbersOf), ...active.flatMap(({ retired = [] }) => retired)];
  return {
    numbers: numbers.sort((a, b) => a - b),
    // Several removed members may have had the same name.
    names: [...new Set(gone.map(({ name }) => name))].filter((name) => !inUse.has(name)),
  };
}
