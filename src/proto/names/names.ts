import {
  camelCase,
  type EnumModel,
  type Field,
  pascalCase,
  plural,
  type StreamModel,
  screamingSnakeCase,
  snakeCase,
} from '../../model/index.js';

/** Every name in the proto that comes from a model's name. */
export interface ModelNames {
  readonly message: string;
  readonly key: string;
  readonly filter: string;
  /** Not `BookOrder`: many schemas have a model of that name. */
  readonly order: string;
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

/** The proto and the generated code both take their names from here, so that they agree. */
export function namesOf(model: { readonly name: string }): ModelNames {
  const message = pascalCase(model.name);
  const rows = `Stream${plural(message)}`;
  const batches = `Stream${message}Batches`;
  const partitions = `Partition${plural(message)}`;
  return {
    message,
    key: `${message}Key`,
    filter: `${message}Filter`,
    order: `${message}SortOrder`,
    partition: `${message}Partition`,
    service: `${message}StreamService`,
    streamRows: rpc(rows, message),
    streamBatches: rpc(batches, `${batches}Response`),
    partitionTable: rpc(partitions, `${partitions}Response`),
    batchField: snakeCase(plural(message)),
  };
}

/** ts-proto changes only the first letter of a method: `StreamPlanBS` becomes `streamPlanBS`. */
function rpc(method: string, response: string): RpcNames {
  const property = method.charAt(0).toLowerCase() + method.slice(1);
  return { method, property, request: `${method}Request`, response };
}

/** The property that ts-proto gives a field, which is also its name in protobuf's JSON. */
export function propertyOf(field: Pick<Field, 'name'>): string {
  return camelCase(snakeCase(field.name));
}

/** The proto's name of one of `streamOrders`: `TITLE_ASC` of `Book` → `BOOK_SORT_ORDER_TITLE_ASC`. */
export function orderValueName(model: { readonly name: string }, order: string): string {
  return enumValueName(namesOf(model).order, order);
}

/** `PUBLISHED` of `BookStatus` → `BOOK_STATUS_PUBLISHED`, as proto style wants enum values. */
export function enumValueName(enumName: string, value: string): string {
  return `${screamingSnakeCase(enumName)}_${screamingSnakeCase(value)}`;
}

/** The message with the conditions on a column of an enum type: `BookStatus` → `BookStatusFilter`. */
export function enumFilterName(enumName: string): string {
  return `${enumName}Filter`;
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
