import { StreamError } from '../../errors/index.js';
import { apiNameOf } from '../encode/model-field.js';
import { type Condition, fieldConditions } from '../rows/condition.js';
import type { StreamedModel } from '../rows/define-model.js';
import type { RowView } from '../rows/row-view.js';
import { parseFilter } from './parse-filter.js';

/**
 * Reads a request's filter, which may only ask for values that the caller sees.
 *
 * @throws StreamError INVALID_ARGUMENT that names the part; PERMISSION_DENIED that names the field.
 */
export function parseSeenFilter(filter: object, model: StreamedModel, view: RowView | undefined): Condition {
  const condition = parseFilter(filter, model);
  if (view) for (const { field } of fieldConditions(condition)) assertSeen(field.name, 'filter', model, view);
  return condition;
}

/**
 * Refuses to order or filter by a field that hooks mask or change: the database would compare the true values, and the rows that come, and
 * the place after which a stream continues, would tell them.
 *
 * @throws StreamError PERMISSION_DENIED
 */
export function assertSeen(
  field: string,
  part: 'order' | 'filter',
  { name: model, fields }: StreamedModel,
  view: RowView | undefined,
): void {
  if (!view?.unseen.has(field)) return;
  const name = apiNameOf(fields.find((candidate) => candidate.name === field) ?? { name: field });
  const what = part === 'order' ? `order goes by ${name}` : `filter has a condition on ${name}`;
  throw new StreamError('stream.unseen_field', `${what}, and this caller does not see the values of ${model}.${name}`, {
    status: 'PERMISSION_DENIED',
    phase: 'request',
    nextActions: [
      part === 'order' ? 'leave `order` unset, or order by other fields' : 'ask without this condition',
      'on the server, hooks decide this: see `mask`, and `changes` beside `mapRow`',
    ],
  });
}
