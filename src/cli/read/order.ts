import { UsageError } from '../../errors/index.js';
import type { DatabaseProvider, IndexColumn, StreamModel } from '../../model/index.js';
import { orderValueName, streamOrders } from '../../proto/index.js';

/**
 * The order of a request, from its text: fields with commas between them, each followed by `desc` where it descends.
 *
 * @returns The name of the order in the proto.
 * @throws UsageError that lists the orders that an index serves, when none serves this one.
 *
 * @example
 * parseOrderFlag('publishedAt desc', book, 'postgresql'); // 'BOOK_SORT_ORDER_PUBLISHED_AT_DESC'
 *
 */
export function parseOrderFlag(text: string, model: StreamModel, provider: DatabaseProvider): string {
  const asked = normalized(text);
  const orders = namedOrders(model, provider);
  const name = orders.get(asked);
  if (name !== undefined) return orderValueName(model, name);
  throw new UsageError('read.order', `no index of ${model.name} serves the order ${asked}`, {
    nextActions: [`order by one of: ${[...orders.keys()].join('; ')}`, 'or add an @@index, and generate again'],
  });
}

/** The orders of a model as `--order` takes them. */
export function orderTexts(model: StreamModel, provider: DatabaseProvider): readonly string[] {
  return [...namedOrders(model, provider).keys()];
}

function namedOrders(model: StreamModel, provider: DatabaseProvider): ReadonlyMap<string, string> {
  return new Map(
    streamOrders(model, provider).map(({ id, name, columns }) => {
      // The columns of the key, which follow to make a position unique, go without saying.
      const asked = columns.slice(0, id.split(', ').length);
      return [asked.map(textOf).join(', '), name];
    }),
  );
}

function textOf({ field, direction }: IndexColumn): string {
  return direction === 'desc' ? `${field} desc` : field;
}

/** `title ASC,id` → `title, id` */
function normalized(text: string): string {
  return text
    .split(',')
    .map((part) =>
      part
        .trim()
        .replace(/\s+/g, ' ')
        .replace(/ asc$/i, '')
        .replace(/ desc$/i, ' desc'),
    )
    .join(', ');
}
