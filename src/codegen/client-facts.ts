import type { DatabaseProvider, Field, ScalarType, StreamModel } from '../model/index.js';
import { namesOf, propertyOf, streamOrders } from '../proto/index.js';

/** What a client that resumes has to know of a model's service. */
export interface ClientFacts {
  readonly rows: string;
  readonly batches: string;
  readonly batchField: string;
  readonly partitions: string;
  /** The columns that a row's place is told by: the key's, and those that other orders go by. */
  readonly key: Readonly<Record<string, { readonly type: ScalarType | 'enum'; readonly optional?: true }>>;
}

/** Names of methods and fields as ts-proto spells them. */
export function clientFacts(model: StreamModel, provider: DatabaseProvider): ClientFacts {
  const { streamRows, streamBatches, partitionTable, batchField } = namesOf(model);
  return {
    rows: streamRows.property,
    batches: streamBatches.property,
    batchField: propertyOf({ name: batchField }),
    partitions: partitionTable.property,
    key: Object.fromEntries(placeColumns(model, provider)),
  };
}

function placeColumns(model: StreamModel, provider: DatabaseProvider) {
  const ordering = streamOrders(model, provider).flatMap(({ columns }) => columns.map(({ field }) => field));
  const names = [...new Set([...model.key.fields, ...ordering])];
  return names
    .flatMap((name) => model.fields.filter((field) => field.name === name))
    .map((field) => {
      const isKey = model.key.fields.includes(field.name);
      return [propertyOf(field), { type: typeOf(field), ...(isKey ? {} : { optional: true as const }) }] as const;
    });
}

function typeOf({ type }: Field): ScalarType | 'enum' {
  return type.kind === 'scalar' ? type.scalar : 'enum';
}
