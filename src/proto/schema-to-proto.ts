import type { EnumModel, Field, Include, SchemaModel, StreamModel } from '../model/index.js';
import { nameSchema } from './generatable-schema.js';
import { protoTypeOf } from './names/field-types.js';
import {
  enumLockKeyOf,
  enumNamesOf,
  fieldNameOf,
  fileNameOf,
  includeLockKeyOf,
  lockKeyOf,
  namesOf,
  valueNameOf,
} from './names/names.js';
import type { Renaming } from './naming/name-scope.js';
import { type FieldLock, type NumberedNames, numbersOf } from './numbers/field-lock.js';
import { nextLock } from './numbers/next-lock.js';
import { enumFilter, sharedFile } from './text/filter-messages.js';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoService, Reserved } from './text/proto-file.js';
import { orderEnum, requestMessages } from './text/request-messages.js';

/** The proto files of a schema, and the lock to commit beside them. */
interface SchemaProto {
  /** The schema without the models that cannot be generated; those are among the skipped. */
  readonly schema: SchemaModel;
  /** Every file: those of the models, and those that they share. */
  readonly files: readonly ProtoFile[];
  readonly modelFiles: readonly ModelFile[];
  readonly sharedFiles: readonly ProtoFile[];
  readonly lock: FieldLock;
  /** Names that differ from those that follow from the schema. */
  readonly renamed: readonly Renaming[];
}

/** A model and its file. */
export interface ModelFile {
  readonly model: StreamModel;
  readonly file: ProtoFile;
}

/**
 * Converts a schema to proto files: one per model, one for the enums, and one with the types that all requests share.
 *
 * @param packageName Without its version, such as `library`.
 * @param previous The lock of the last generation: every number in it keeps its meaning.
 */
export function schemaToProto(whole: SchemaModel, packageName: string, previous: FieldLock): SchemaProto {
  const { schema, renamed } = nameSchema(whole, previous);
  const lock = nextLock(schema, packageName, previous);
  const place = { package: `${packageName}.v1`, folder: `${packageName.replaceAll('.', '/')}/v1` };
  const used = new Set(schema.models.flatMap((model) => model.fields.map(enumOf)));
  const enums = schema.enums.filter(({ name }) => used.has(name));
  const paths = { shared: `${place.folder}/streaming.proto`, enums: `${place.folder}/enums.proto` };
  const modelFiles = schema.models.map((model) => ({ model, file: modelFile(model, lock, place, paths) }));
  const sharedFiles = [
    ...(modelFiles.length > 0 ? [sharedFile(place.package, paths.shared)] : []),
    ...(enums.length > 0 ? [enumsFile(enums, lock, place.package, paths.enums)] : []),
  ];
  const files = [...modelFiles.map(({ file }) => file), ...sharedFiles];
  return { schema, files, modelFiles, sharedFiles, lock, renamed };
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
    path: `${place.folder}/${fileNameOf(model)}.proto`,
    package: place.package,
    imports: [...importsOf(fields, paths), ...includedFiles(model, place.folder)],
    services: [serviceOf(model)],
    messages: [row, ...requestMessages({ model, names, row, orders })],
    enums: [orderEnum(names, orders, reservedOf(orders))],
  };
}

function serviceOf(model: StreamModel): ProtoService {
  const names = namesOf(model);
  const keyNames = model.key.fields.map((name) =>
    fieldNameOf(model.fields.find((field) => field.name === name) ?? { name }),
  );
  return {
    name: names.service,
    comment: `Streams ${model.table} in the order of ${keyNames.join(', ')}.`,
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
  return { name: fieldNameOf(field), number, ...protoTypeOf(field), comment: field.documentation ?? '' };
}

function includeField(include: Include, number: number): ProtoField {
  const { model, modelApi, list, documentation = '' } = include;
  return {
    name: fieldNameOf(include),
    number,
    type: namesOf({ name: model, api: modelApi }).message,
    kind: 'message',
    label: list ? 'repeated' : 'optional',
    comment: documentation,
  };
}

function includedFiles({ includes }: StreamModel, folder: string): string[] {
  const files = includes.map(({ model, modelApi }) => fileNameOf({ name: model, api: modelApi }));
  return [...new Set(files.map((file) => `${folder}/${file}.proto`))];
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
    messages: enums.map((model) => enumFilter(model)),
    enums: enums.map((model) => protoEnum(model, lock)),
  };
}

function protoEnum(model: EnumModel, lock: FieldLock): ProtoEnum {
  const { type, zero } = enumNamesOf(model);
  const numbers = enumNumbers(model, lock);
  const values = model.values.map((value) => ({
    name: valueNameOf(model, value),
    number: numbers.get(value.name) ?? 0,
    comment: value.documentation ?? '',
  }));
  return {
    name: type,
    comment: model.documentation ?? '',
    values: [{ name: zero, number: 0 }, ...values.sort((a, b) => a.number - b.number)],
    reserved: reservedOf(lock.enums[enumLockKeyOf(model)], [zero]),
  };
}

function enumOf({ type }: Field): string | undefined {
  return type.kind === 'enum' ? type.enum : undefined;
}

/**
 * The numbers and names that a message or an enum must not use again: those of removed members, and those that a member gave up.
 *
 * @param taken Names in use beside those of the members.
 */
function reservedOf(names: NumberedNames | undefined, taken: readonly string[] = []): Reserved {
  const gone = Object.values(names?.reserved ?? {}).sort((a, b) => a.number - b.number);
  const active = Object.values(names?.active ?? {});
  const inUse = new Set([...taken, ...active.map(({ name }) => name)]);
  const numbers = [...gone.flatMap(numbersOf), ...active.flatMap(({ retired = [] }) => retired)];
  return {
    numbers: numbers.sort((a, b) => a - b),
    // Several removed members may have had the same name.
    names: [...new Set(gone.map(({ name }) => name))].filter((name) => !inUse.has(name)),
  };
}
