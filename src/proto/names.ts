import { camelCase, pascalCase, plural, screamingSnakeCase, snakeCase } from '../model/index.js';

/** Every proto name that a model gives rise to, in one place, so that text and code agree. */
export interface ModelNames {
  readonly message: string;
  readonly key: string;
  readonly service: string;
  readonly streamRows: RpcNames;
  readonly streamBatches: RpcNames;
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
  return {
    message,
    key: `${message}Key`,
    service: `${message}StreamService`,
    streamRows: { method: rows, property: camelCase(rows), request: `${rows}Request`, response: message },
    streamBatches: {
      method: batches,
      property: camelCase(batches),
      request: `${batches}Request`,
      response: `${batches}Response`,
    },
    batchField: snakeCase(plural(message)),
  };
}

/** `PUBLISHED` of `BookStatus` → `BOOK_STATUS_PUBLISHED`, as proto style wants enum values. */
export function enumValueName(enumName: string, value: string): string {
  return `${screamingSnakeCase(enumName)}_${screamingSnakeCase(value)}`;
}
