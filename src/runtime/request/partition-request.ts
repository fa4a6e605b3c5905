import type { StreamingSettings } from '../../config/index.js';
import type { StreamedModel } from '../rows/define-model.js';
import type { RowsWanted } from '../rows/model-reading.js';
import type { RowView } from '../rows/row-view.js';
import { assertWellFormed, invalidField } from './bad-request.js';
import { parseSeenFilter } from './seen-fields.js';

/** The fields of a generated request for partitions. */
export interface PartitionRequest {
  readonly count?: number;
  readonly filter?: object | null;
}

/** A request for partitions, validated: what to read, and into how many parts to split it. */
export interface ParsedPartitionRequest extends RowsWanted {
  readonly parts: number;
}

/** Every part needs a connection: a request for more parts gets this many. */
const MAX_PARTS = 256;

/**
 * Validates a request for partitions. It reads the key columns and no others.
 *
 * @throws StreamError INVALID_ARGUMENT that names the field; PERMISSION_DENIED where a hook changes the field.
 */
export function parsePartitionRequest(
  request: PartitionRequest,
  model: StreamedModel,
  settings: Pick<StreamingSettings, 'unindexedFilters'>,
  view?: RowView,
): ParsedPartitionRequest {
  assertWellFormed(request);
  const { count = 0, filter } = request;
  if (count < 1) throw invalidField('count', 'must be at least 1');
  return {
    parts: Math.min(count, MAX_PARTS),
    filter: filter ? parseSeenFilter(filter, model, settings, view) : undefined,
    fields: model.fields.filter(({ name }) => model.key.some(({ field }) => field === name)),
    order: model.key,
    after: undefined,
    upTo: undefined,
    limit: undefined,
  };
}
