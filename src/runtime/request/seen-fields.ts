import type { StreamingSettings } from '../../config/index.js';
import { assertNever, StreamError } from '../../errors/index.js';
import { apiNameOf } from '../encode/model-field.js';
import { type Condition, fieldConditions } from '../rows/condition.js';
import type { StreamedModel } from '../rows/define-model.js';
import { firstUnserved, scopeCondition } from '../rows/index-served.js';
import type { RowView } from '../rows/row-view.js';
import { invalidField } from './bad-request.js';
import { parseFilter } from './parse-filter.js';

/**
 * Reads a request's filter, which may only ask for values that the caller sees and, where the settings say so, that an index serves.
 *
 * @throws StreamError INVALID_ARGUMENT that names the part; PERMISSION_DENIED that names the field.
 */
export function parseSeenFilter(
  filter: object,
  model: StreamedModel,
  { unindexedFilters }: Pick<StreamingSettings, 'unindexedFilters'>,
  view: RowView | undefined,
): Condition {
  const condition = parseFilter(filter, model);
  if (view) for (const { field } of fieldConditions(condition)) assertSeen(field.name, 'filter', model, view);
  if (unindexedFilters === 'refuse') assertServed(condition, model, view);
  return condition;
}

/** @throws StreamError INVALID_ARGUMENT that names the field and what to do. */
function assertServed(condition: Condition, model: StreamedModel, view: RowView | undefined): void {
  const unserved = firstUnserved(condition, model, view?.scope && scopeCondition(view.scope, model));
  if (!unserved) return;
  const { field, why } = unserved;
  const problem = (text: string) => `${text}, and this server refuses such filters`;
  const path = field ? `filter.${apiNameOf(field)}` : 'filter.not';
  switch (why) {
    case 'no index':
      throw invalidField(
        path,
        `${problem('is served by no index')}; @@index([${field?.name}]) in the schema of ${model.name} makes one`,
      );
    case 'part of a text':
      throw invalidField(path, problem('is searched for a part of its text, which no index serves'));
    case 'date in several forms':
      throw invalidField(path, problem('is a date, which SQLite may hold in several forms: no index serves it'));
    case 'all but some':
      throw invalidField(path, `${problem('is served by no index')}; ask for the values that are wanted`);
    default:
      assertNever(why);
  }
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
