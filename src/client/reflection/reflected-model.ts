import type { DescEnum, DescField, DescMessage, DescMethod, DescService, FileRegistry } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { UsageError } from '../../errors/index.js';
import type { ScalarType } from '../../model/index.js';
import type { ServiceFacts } from '../calls.js';
import type { Reflection } from './open-reflection.js';
import { memberName, reflectedCodec } from './reflected-codec.js';

/** What a client needs of a model whose type is not known to the compiler: from a schema, or from what a server says of itself. */
export interface ReadModel {
  readonly name: string;
  readonly fields: readonly ReadField[];
  /** The names of its orders in the proto, by the texts that `--order` takes. */
  readonly orders: ReadonlyMap<string, string>;
  /** How the service is called. */
  readonly facts: ServiceFacts;
}

export interface ReadField {
  /** Prisma's name. */
  readonly name: string;
  /** The proto's. */
  readonly apiName: string;
  /** The property of messages. */
  readonly property: string;
  readonly type: ScalarType | 'enum';
  readonly list: boolean;
  readonly optional: boolean;
  /** Of an integer. */
  readonly unsigned?: boolean;
  /** Of a decimal: its digits, and those of them after the point, where the schema says so. */
  readonly digits?: DecimalDigits;
  /** Of an enum: the names of its values in the proto, by Prisma's. */
  readonly values?: ReadonlyMap<string, string>;
}

/** The `p` and `s` of `@db.Decimal(p, s)`. */
export interface DecimalDigits {
  readonly precision: number;
  readonly scale: number;
}

/**
 * A model as a server describes it, for machines that have no schema. Names are the proto's in camel case,
 * which are Prisma's unless a name has digits or capitals that snake case does not keep.
 *
 * @param name `Book`, `library.v1.Book`, or the name of its service.
 * @throws UsageError when the server has no such model, EnvironmentError when it does not say what it serves.
 */
export async function modelOfServer(name: string, reflection: Reflection): Promise<ReadModel> {
  const symbol = name.includes('.') ? name : await serviceOf(name, reflection);
  const found = streamedBy(symbol, await reflection.filesOf(symbol));
  if (found) return modelOf(found);
  throw new UsageError('read.not_streamed', `${symbol} is not a model that grpc-stream serves`, {
    nextActions: [namesToChoose(await reflection.services())],
  });
}

const SERVICE = /^(.*\.)?(\w+)StreamService$/;

async function serviceOf(name: string, reflection: Reflection): Promise<string> {
  const services = await reflection.services();
  const named = services.filter((service) => SERVICE.exec(service)?.[2]?.toLowerCase() === name.toLowerCase());
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  const why = named.length > 1 ? `the server has several: ${named.join(', ')}` : 'the server has none';
  throw new UsageError('read.model', `there is no one model ${name}: ${why}`, {
    nextActions: [namesToChoose(services)],
  });
}

function namesToChoose(services: readonly string[]): string {
  const models = services.flatMap((service) => {
    const [, path = '', model] = SERVICE.exec(service) ?? [];
    return model === undefined ? [] : [`${path}${model}`];
  });
  return models.length === 0 ? 'the server streams no models' : `name one of ${models.join(', ')}`;
}

/** The parts of a service that streams a model. */
interface Streamed {
  readonly service: DescService;
  readonly rows: DescMethod;
  readonly batches: DescMethod;
  readonly batchField: DescField;
  readonly partitions: DescMethod | undefined;
}

/** The service of that name, or the one that streams the message of that name. */
function streamedBy(symbol: string, files: FileRegistry): Streamed | undefined {
  const services = [...files].filter((type) => type.kind === 'service').flatMap((service) => partsOf(service) ?? []);
  return services.find(({ service, rows }) => [service.typeName, rows.output.typeName].includes(symbol));
}

function partsOf(service: DescService): Streamed | undefined {
  const streams = service.methods.filter(({ methodKind }) => methodKind === 'server_streaming');
  for (const batches of streams) {
    const [batchField] = batches.output.fields;
    const rows = streams.find((method) => method !== batches && method.output === batchField?.message);
    if (!rows || batchField?.fieldKind !== 'list' || !hasRequest(rows.input)) continue;
    const partitions = service.methods.find(
      ({ methodKind, output }) => methodKind === 'unary' && output.field.partitions !== undefined,
    );
    return { service, rows, batches, batchField, partitions };
  }
  return undefined;
}

function hasRequest({ fields }: DescMessage): boolean {
  return ['filter', 'read_mask', 'order', 'after'].every((name) => fields.some((field) => field.name === name));
}

function modelOf({ service, rows, batches, batchField, partitions }: Streamed): ReadModel {
  const { filter, order, after } = rows.input.field;
  const fields = rows.output.fields.flatMap((field) => fieldOf(field, filter?.message));
  const orders = ordersOf(order?.enum, fields);
  return {
    name: rows.output.name,
    fields,
    orders: new Map(orders.map(({ columns, value }) => [columns.map(textOf).join(', '), value])),
    facts: {
      definition: definitionOf(service),
      rows: rows.localName,
      batches: batches.localName,
      batchField: memberName(batchField),
      ...(partitions ? { partitions: partitions.localName } : {}),
      key: keyOf(after?.message?.fields ?? [], fields, orders),
    },
  };
}

function definitionOf({ typeName, methods }: DescService): ServiceFacts['definition'] {
  const definitions = methods.map(({ localName, name, input, output, methodKind }) => {
    const [requestType, responseType] = [reflectedCodec(input), reflectedCodec(output)];
    return [
      localName,
      { name, requestType, responseType, requestStream: false, responseStream: methodKind !== 'unary' },
    ];
  });
  return { fullName: typeName, methods: Object.fromEntries(definitions) };
}

/** A column of the row; relations are none. */
function fieldOf(field: DescField, filter: DescMessage | undefined): ReadField[] {
  const type = typeOf(field, filter);
  if (type === undefined) return [];
  return [
    {
      name: memberName(field),
      apiName: field.name,
      property: memberName(field),
      type,
      list: field.fieldKind === 'list',
      optional: field.message !== undefined || !isImplicit(field),
      ...(scalarName(field).startsWith('uint') ? { unsigned: true } : {}),
      ...(field.enum ? { values: valuesOf(field.enum) } : {}),
    },
  ];
}

function isImplicit({ presence }: DescField): boolean {
  return presence === FeatureSet_FieldPresence.IMPLICIT;
}

/** Prisma's types by those of the proto. */
const TYPES: Readonly<Record<string, ScalarType>> = {
  string: 'String',
  bool: 'Boolean',
  int32: 'Int',
  uint32: 'Int',
  int64: 'BigInt',
  uint64: 'BigInt',
  double: 'Float',
  bytes: 'Bytes',
  'google.protobuf.Timestamp': 'DateTime',
  'google.protobuf.Value': 'Json',
};

function typeOf(field: DescField, filter: DescMessage | undefined): ReadField['type'] | undefined {
  if (field.enum) return 'enum';
  // A decimal is a text, whose filter compares numbers.
  const conditions = filter?.fields.find(({ name }) => name === field.name)?.message?.name;
  if (conditions === 'DecimalFilter') return 'Decimal';
  return TYPES[field.message ? field.message.typeName : scalarName(field)];
}

/** As the proto writes it. */
function scalarName({ proto }: DescField): string {
  return SCALAR_NAMES[proto.type] ?? '';
}

/** @see https://protobuf.dev/reference/protobuf/google.protobuf/#field-descriptor-proto-type */
const SCALAR_NAMES: Readonly<Record<number, string>> = {
  1: 'double',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'uint32',
};

/** The names of an enum's values in the proto, by those without the prefix that all have. */
function valuesOf({ values }: DescEnum): ReadonlyMap<string, string> {
  const prefix = prefixOf(values);
  return new Map(values.filter(({ number }) => number !== 0).map(({ name }) => [name.slice(prefix.length), name]));
}

/** What comes before `UNSPECIFIED`. */
function prefixOf(values: DescEnum['values']): string {
  const zero = values.find(({ number }) => number === 0)?.name ?? '';
  return zero.endsWith('UNSPECIFIED') ? zero.slice(0, -'UNSPECIFIED'.length) : '';
}

interface ReflectedOrder {
  /** The name in the proto. */
  readonly value: string;
  readonly columns: readonly { readonly name: string; readonly isDescending: boolean }[];
}

/** The orders, from their names: `AUTHOR_ID_THEN_TITLE_DESC`. One whose name says no fields is asked for by that. */
function ordersOf(descriptor: DescEnum | undefined, fields: readonly ReadField[]): readonly ReflectedOrder[] {
  if (!descriptor) return [];
  return [...valuesOf(descriptor)].map(([short, value]) => {
    const parts = short.split('_THEN_');
    const last = /_(ASC|DESC)$/.exec(short)?.[1];
    const columns = parts.flatMap((part) => {
      const [, name = part, direction = last] = /^(.*)_(ASC|DESC)$/.exec(part) ?? [];
      const field = fields.find(({ apiName }) => apiName.toUpperCase() === name);
      return field ? [{ name: field.name, isDescending: direction === 'DESC' }] : [];
    });
    return { value, columns: columns.length === parts.length ? columns : [{ name: short, isDescending: false }] };
  });
}

function textOf({ name, isDescending }: ReflectedOrder['columns'][number]): string {
  return isDescending ? `${name} desc` : name;
}

/**
 * The columns of a position. A column of another order is `optional`, except a time, which always may be unset: whether it is one of the key
 * is told by the orders, of which one is the key's. If this is wrong, the server refuses the position.
 */
function keyOf(
  columns: readonly DescField[],
  fields: readonly ReadField[],
  orders: readonly ReflectedOrder[],
): ServiceFacts['key'] {
  const certain = columns.filter((column) => column.message === undefined && isImplicit(column));
  const possible = columns.filter((column) => column.message !== undefined);
  const names = new Set([...certain, ...possible].map(memberName));
  const [key] = orders
    .map((order) => order.columns)
    .filter((order) => order.every(({ name, isDescending }) => names.has(name) && !isDescending))
    .filter((order) => certain.every((column) => order.some(({ name }) => name === memberName(column))))
    .sort((a, b) => a.length - b.length);
  const isOfKey = (name: string) => key?.some((column) => column.name === name) ?? true;
  return Object.fromEntries(
    columns.map((column) => {
      const property = memberName(column);
      const type = fields.find(({ name }) => name === property)?.type ?? 'String';
      return [property, { type, ...(isOfKey(property) ? {} : { optional: true }) }];
    }),
  );
}
