import type { ReadModel } from '../../client/reflection/reflected-model.js';
import { UsageError } from '../../errors/index.js';

/**
 * The order of a request, from its text: fields with commas between them, each followed by `desc` where it descends.
 *
 * @returns The name of the order in the proto.
 * @throws UsageError that lists the orders that an index serves, when none serves this one.
 *
 * @example
 * parseOrderFlag('publishedAt desc', book); // 'BOOK_SORT_ORDER_PUBLISHED_AT_DESC'
 *
 */
export function parseOrderFlag(text: string, { name: model, orders }: ReadModel): string {
  const asked = normalized(text);
  const name = orders.get(asked);
  if (name !== undefined) return name;
  throw new UsageError('read.order', `no index of ${model} serves the order ${asked}`, {
    nextActions: [`order by one of: ${[...orders.keys()].join('; ')}`, 'or add an @@index, and generate again'],
  });
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
