import pluralize from 'pluralize';
import {
  camelCase,
  type EnumApi,
  type EnumModel,
  type EnumValue,
  type Field,
  type ModelApi,
  pascalCase,
  type StreamModel,
  screamingSnakeCase,
  snakeCase,
} from '../../model/index.js';

// The one place that says what something in the schema is called in the API. The proto, the generated code and the clients all ask here;
// what ts-proto makes of it is compared with it before anything is written.

const snake = remembered(snakeCase);
const camel = remembered(camelCase);
const pascal = remembered(pascalCase);

/** The same names come up in many models, and each is asked for many times. */
function remembered(convert: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const found = known.get(name) ?? convert(name);
    known.set(name, found);
    return found;
  };
}

/** Every name in the proto that comes from a model's name. */
export interface ModelNames {
  readonly message: string;
  /** What the names of its methods end with, such as `Books`. */
  readonly plural: string;
  readonly key: string;
  readonly filter: string;
  /** Not `BookOrder`: many schemas have a model of that name. */
  readonly order: string;
  /** What the names of the orders begin with, such as `BOOK_SORT_ORDER_`. */
  readonly orderPrefix: string;
  readonly partition: string;
  readonly service: string;
  readonly streamRows: RpcNames;
  readonly streamBatches: RpcNames;
  readonly partitionTable: RpcNames;
  /** The repeated field of a batch, such as `books`. */
  readonly batchField: string;
}

export interface RpcNames {
  /** In the proto, such as `StreamBooks`. */
  readonly method: string;
  /** In TypeScript, such as `streamBooks`. */
  readonly property: string;
  readonly request: string;
  readonly response: string;
}

/** A model or an enum by its name in the schema, with the names that it has in the API instead. */
interface Named<Api> {
  readonly name: string;
  readonly api?: Api | undefined;
}

export function namesOf({ name, api }: Named<ModelApi>): ModelNames {
  if (api) return modelNames({ name, api });
  const known = plainNames.get(name) ?? modelNames({ name });
  plainNames.set(name, known);
  return known;
}

/** Names that follow from a model's alone: they are asked for many times. */
const plainNames = new Map<string, ModelNames>();

function modelNames({ name, api }: Named<ModelApi>): ModelNames {
  const message = api?.name ?? pascal(name);
  const many = api?.plural ?? plural(message);
  const rows = `Stream${many}`;
  const batches = `Stream${message}Batches`;
  const partitions = `Partition${many}`;
  return {
    message,
    plural: many,
    key: `${message}Key`,
    filter: `${message}Filter`,
    order: `${message}SortOrder`,
    orderPrefix: api?.orderPrefix ?? enumValueName(`${message}SortOrder`, ''),
    partition: `${message}Partition`,
    service: `${message}StreamService`,
    streamRows: rpc(rows, message),
    streamBatches: rpc(batches, `${batches}Response`),
    partitionTable: rpc(partitions, `${partitions}Response`),
    batchField: snakeCase(many),
  };
}

/** ts-proto changes only the first letter of a method: `StreamPlanBS` becomes `streamPlanBS`. */
function rpc(method: string, response: string): RpcNames {
  const property = method.charAt(0).toLowerCase() + method.slice(1);
  return { method, property, request: `${method}Request`, response };
}

/** What ts-proto calls a message or an enum in TypeScript, where two names mean something else. */
export function typeNameOf(name: string): string {
  return name === 'Date' || name === 'Function' ? `${name}Message` : name;
}

/** The name of a model's file without its extension, such as `book_order`. */
export function fileNameOf(model: Named<ModelApi>): string {
  return snake(namesOf(model).message);
}

/** The name of a column or a relation in the proto. */
export function fieldNameOf({ name, apiName }: Pick<Field, 'name' | 'apiName'>): string {
  return apiName ?? snake(name);
}

/** The property that ts-proto gives a field, which is also its name in protobuf's JSON. */
export function propertyOf(field: Pick<Field, 'name' | 'apiName'>): string {
  return camel(fieldNameOf(field));
}

/** The proto's name of one of `streamOrders`: `TITLE_ASC` of `Book` → `BOOK_SORT_ORDER_TITLE_ASC`. */
export function orderValueName(model: Named<ModelApi>, order: string): string {
  return `${namesOf(model).orderPrefix}${order}`;
}

const constant = remembered(screamingSnakeCase);

/** The words of `buf lint`: a digit ends none, so that `Model3D` has the two that it is read as, and not `MODEL3_D`. */
const lintWords = remembered((name) =>
  name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/([A-Z\d])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase(),
);

/** `PUBLISHED` of `BookStatus` → `BOOK_STATUS_PUBLISHED`, as proto style wants enum values. */
export function enumValueName(enumName: string, value: string): string {
  return `${lintWords(enumName)}_${constant(value)}`;
}

/**
 * What the names of an enum's values begin with, where clients know some of them: earlier versions had other words for names with digits.
 *
 * @param type The name of the enum that they are of.
 */
export function knownPrefix(type: string, names: readonly string[]): string {
  const [prefix, earlier] = [enumValueName(type, ''), `${constant(type)}_`];
  return names.some((name) => name.startsWith(earlier) && !name.startsWith(prefix)) ? earlier : prefix;
}

/** Every name in the proto that comes from an enum's name. */
interface EnumNames {
  readonly type: string;
  /** The message with the conditions on a column of this type. */
  readonly filter: string;
  /** What all values begin with, such as `BOOK_STATUS_`. */
  readonly prefix: string;
  /** The value 0, which no row has. */
  readonly zero: string;
}

export function enumNamesOf({ name, api }: Named<EnumApi>): EnumNames {
  const type = api?.name ?? pascal(name);
  const prefix = api?.prefix ?? enumValueName(type, '');
  return { type, filter: `${type}Filter`, prefix, zero: `${prefix}${api?.zero ?? 'UNSPECIFIED'}` };
}

/** The name of an enum's value in the proto. */
export function valueNameOf(model: Named<EnumApi>, { name, apiName }: Pick<EnumValue, 'name' | 'apiName'>): string {
  return `${enumNamesOf(model).prefix}${apiName ?? constant(name)}`;
}

/** A model's name in the lock: its table, with the database schema where the model names one. */
export function lockKeyOf({ schema, table }: Pick<StreamModel, 'schema' | 'table'>): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

/** An included relation's name in the lock, which no column can have. */
export function includeLockKeyOf({ name }: { readonly name: string }): string {
  return `${name} (relation)`;
}

/** An enum's name in the lock: its name in the database. */
export function enumLockKeyOf({ name, stored = name }: Pick<EnumModel, 'name' | 'stored'>): string {
  return stored;
}

/** `Book` → `Books`; what is a plural already, such as `Users`, or has none, stays as it is. */
export function plural(name: string): string {
  return pluralize.plural(name);
}
