import { type StreamingSettings, streamingSettings } from '../../config/index.js';
import { StreamError } from '../../errors/index.js';
import { apiNameOf, type ModelField } from '../encode/model-field.js';
import type { KeyField, StreamedModel } from '../rows/define-model.js';
import type { KeyColumn, KeyValues } from '../rows/keyset-source.js';
import type { Consistency, RowsWanted } from '../rows/model-reading.js';
import type { RowView } from '../rows/row-view.js';
import { assertWellFormed, invalidField } from './bad-request.js';
import { parsePlaceValue } from './parse-value.js';
import { assertSeen, parseSeenFilter } from './seen-fields.js';

/** The fields of a generated request for a stream. */
export interface StreamRequest {
  readonly filter?: object | null;
  readonly readMask?: readonly string[] | null;
  readonly order?: string;
  readonly limit?: bigint;
  readonly after?: object | null;
  readonly partition?: KeyRange | null;
  readonly consistency?: string;
  readonly chunkSize?: number;
  readonly checkInterval?: number;
  readonly batchSize?: number;
  readonly settled?: boolean;
}

/** The rows after one key and up to another; unbounded where a key is missing. */
export interface KeyRange {
  readonly after?: object | null;
  readonly upTo?: object | null;
}

/** A request, validated. */
export interface ParsedRequest extends RowsWanted {
  /** The model's settings with the request's hints applied. */
  readonly settings: StreamingSettings;
}

/**
 * Validates a request of a caller who sees the rows in a view; undefined for one who sees all.
 *
 * @throws StreamError INVALID_ARGUMENT that names the field; PERMISSION_DENIED where a hook changes the field.
 */
export function parseRequest(
  request: StreamRequest,
  model: StreamedModel,
  settings: StreamingSettings,
  view?: RowView,
): ParsedRequest {
  assertWellFormed(request);
  const order = parseOrder(request.order, model);
  for (const { field } of order) assertSeen(field, 'order', model, view);
  return {
    filter: request.filter ? parseSeenFilter(request.filter, model, settings, view) : undefined,
    fields: request.readMask ? parseMask(request.readMask, model, order) : undefined,
    order,
    limit: parseLimit(request.limit ?? 0n, settings.maxLimit),
    ...parseRange(request, model, order),
    consistency: parseConsistency(request.consistency),
    settled: parseSettled(request),
    settings: {
      ...settings,
      chunkSize: hint('chunk_size', request.chunkSize, settings.chunkSize, settings.maxChunkSize),
      cancellationCheckInterval: hint(
        'check_interval',
        request.checkInterval,
        settings.cancellationCheckInterval,
        settings.maxCheckInterval,
      ),
      batchRows: hint('batch_size', request.batchSize, settings.batchRows, streamingSettings.batchRows.max),
    },
  };
}

/** The codec refuses values that the proto does not name; only the zero value remains. */
function parseOrder(order: string | undefined, model: StreamedModel): readonly KeyField[] {
  return (order === undefined ? undefined : model.orders.get(order)) ?? model.key;
}

/** When a client resumes within a partition, its own position replaces the partition's beginning. */
function parseRange(
  { after, partition }: StreamRequest,
  model: StreamedModel,
  order: readonly KeyField[],
): Pick<ParsedRequest, 'after' | 'upTo'> {
  if (partition && !isKeyOrder(order, model)) {
    throw invalidField('partition', "goes with the key's own order, ascending; leave `order` unset");
  }
  const start = after ? parsePlace(after, 'after', order, model) : undefined;
  const rangeStart = partition?.after ? parsePlace(partition.after, 'partition.after', order, model) : undefined;
  return {
    after: start ?? rangeStart,
    upTo: partition?.upTo ? parsePlace(partition.upTo, 'partition.up_to', order, model) : undefined,
  };
}

function isKeyOrder(order: readonly KeyField[], { key }: StreamedModel): boolean {
  return (
    order.length === key.length &&
    order.every(({ field, direction }, index) => field === key[index]?.field && direction !== 'desc')
  );
}

function parseConsistency(value = ''): Consistency | undefined {
  if (value.endsWith('SNAPSHOT')) return 'snapshot';
  return value.endsWith('CHUNKED') ? 'chunked' : undefined;
}

/** A partition has its own end, and a snapshot sees no later rows. */
function parseSettled({ settled = false, partition, consistency }: StreamRequest): boolean {
  if (settled && partition) throw invalidField('settled', 'works with the whole table only; leave `partition` unset');
  if (settled && parseConsistency(consistency) === 'snapshot')
    throw invalidField('settled', 'cannot be combined with a snapshot');
  return settled;
}

function parseLimit(limit: bigint, maxLimit: number): number | undefined {
  if (limit < 0n) throw invalidField('limit', 'must not be negative');
  if (limit > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalidField('limit', `must be at most ${Number.MAX_SAFE_INTEGER}`);
  if (maxLimit > 0 && (limit === 0n || limit > BigInt(maxLimit))) throw beyond(maxLimit);
  return limit === 0n ? undefined : Number(limit);
}

/** Fewer rows than requested, without an error, would look like the whole table. */
function beyond(maxLimit: number): StreamError {
  return new StreamError('stream.limit_exceeded', `a stream of this server has at most ${maxLimit} rows`, {
    status: 'RESOURCE_EXHAUSTED',
    phase: 'request',
    nextActions: [`set limit from 1 to ${maxLimit}, and continue with \`after\``],
  });
}

function hint<Fallback>(field: string, value: number | undefined, fallback: Fallback, max: number): Fallback | number {
  if (value === undefined || value === 0) return fallback;
  if (value < 0) throw invalidField(field, 'must not be negative');
  return Math.min(value, max);
}

const EVERYTHING = '*';

/**
 * The fields of a read mask, with the fields of the order, which the client needs to resume; undefined for all fields.
 *
 * @throws StreamError INVALID_ARGUMENT for a path that names no field.
 */
export function parseMask(
  paths: readonly string[],
  model: StreamedModel,
  order: readonly KeyColumn[],
): readonly ModelField[] | undefined {
  const known = new Map(model.fields.map((field) => [apiNameOf(field), field.name]));
  const wanted = new Set([...model.key, ...order].map(({ field }) => field));
  for (const path of paths) {
    if (path !== EVERYTHING) wanted.add(known.get(path) ?? refuse(path));
  }
  return paths.length === 0 || paths.includes(EVERYTHING) || wanted.size === model.fields.length
    ? undefined
    : model.fields.filter(({ name }) => wanted.has(name));
}

function refuse(path: string): never {
  const shown = path.slice(0, 100);
  if (path.includes('.'))
    throw invalidField('read_mask', `must name whole fields, not parts of them as "${shown}" does`);
  throw invalidField('read_mask', `names "${shown}", which is not a field`);
}

/**
 * The position of a key message in an order, by Prisma's names and with Prisma's values. In a column that may be null, a missing value is
 * null, as in the row.
 *
 * @param path The message's place in the request, such as `after`.
 * @throws StreamError INVALID_ARGUMENT
 */
export function parsePlace(
  place: object,
  path: string,
  order: readonly KeyField[],
  { fields, provider }: StreamedModel,
): KeyValues {
  return Object.fromEntries(
    order.map(({ field: name, property }) => {
      const field = fields.find((candidate) => candidate.name === name);
      const value: unknown = Reflect.get(place, property);
      const at = `${path}.${apiNameOf(field ?? { name })}`;
      if (field && value !== undefined && value !== null) return [name, parsePlaceValue(field, value, at, provider)];
      if (field?.optional) return [name, null];
      throw invalidField(at, 'is missing');
    }),
  );
}
