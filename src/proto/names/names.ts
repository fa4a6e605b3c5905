import { camelCase, pascalCase, plural, screamingSnakeCase, snakeCase } from '../../model/index.js';

/** Every proto name that a model gives rise to, in one place, so that text and code agree. */
export interface ModelNames {
  readonly message: string;
  readonly key: string;
  readonly filter: string;
  /** Not `BookOrder`: many a schema has a model of that name. */
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
    streamRows: { method: rows, property: camelCase(rows), request: `${rows}Request`, response: message },
    streamBatches: {
      method: batches,
      property: camelCase(batches),
      request: `${batches}Request`,
      response: `${batches}Response`,
    },
    partitionTable: {
      method: partitions,
      property: camelCase(partitions),
      request: `${partitions}Request`,
      response: `${partitions}Response`,
    },
    batchField: snakeCase(plural(message)),
  };
}

/** The proto's name of one of {@link streamOrders}: `TITLE_ASC` of `Book` → `BOOK_SORT_ORDER_TITLE_ASC`. */
export function orderValueName(model: { readonly name: string }, order: string): string {
  return enumValueName(namesOf(model).order, order);
}

/** `PUBLISHED` of `BookStatus` → `BOOK_STATUS_PUBLISHED`, as proto style wants enum values. */
export function enumValueName(enumName: string, value: string): string {
  return `${screamingSnakeCase(enumName)}_${screamingSnakeCase(value)}`;
}
