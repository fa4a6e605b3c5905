import { type StreamingSettings, streamingBounds } from '../config/index.js';
import { StreamError } from '../errors/index.js';
import { screamingSnakeCase } from '../model/index.js';
import type { StreamedModel } from './define-model.js';
import type { KeyValues } from './keyset.js';

/** What a client may ask of a stream; generated requests have these fields. */
export interface StreamRequest {
  readonly limit?: bigint;
  readonly after?: object | null;
  readonly chunkSize?: number;
  readonly checkInterval?: number;
  readonly batchSize?: number;
}

/** A request, validated. */
export interface ParsedRequest {
  readonly limit: number | undefined;
  readonly after: KeyValues | undefined;
  /** The model's settings with the request's hints applied. */
  readonly settings: StreamingSettings;
}

/**
 * Validates a request.
 *
 * @throws StreamError INVALID_ARGUMENT that names the field.
 */
export function parseRequest(request: StreamRequest, model: StreamedModel, settings: StreamingSettings): ParsedRequest {
  return {
    limit: parseLimit(request.limit ?? 0n),
    after: request.after ? parseKey(request.after, model) : undefined,
    settings: {
      ...settings,
      chunkSize: hint('chunk_size', request.chunkSize, settings.chunkSize, streamingBounds.chunkSize.max),
      cancellationCheckInterval: hint(
        'check_interval',
        request.checkInterval,
        settings.cancellationCheckInterval,
        streamingBounds.cancellationCheckInterval.max,
      ),
      batchRows: hint('batch_size', request.batchSize, settings.batchRows, streamingBounds.batchRows.max),
    },
  };
}

function parseLimit(limit: bigint): number | undefined {
  if (limit < 0n) throw invalid('limit', 'must not be negative');
  if (limit > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('limit', `must be at most ${Number.MAX_SAFE_INTEGER}`);
  return limit === 0n ? undefined : Number(limit);
}

function hint(field: string, value: number | undefined, fallback: number, max: number): number {
  if (value === undefined || value === 0) return fallback;
  if (value < 0) throw invalid(field, 'must not be negative');
  return Math.min(value, max);
}

/** The key message's columns under Prisma's names, with the values that Prisma takes. */
function parseKey(after: object, { key, fields }: StreamedModel): KeyValues {
  return Object.fromEntries(
    key.map(({ field, property, type }) => {
      const value: unknown = Reflect.get(after, property);
      if (value === undefined || value === null) throw invalid(`after.${property}`, 'is missing');
      if (type !== 'enum') return [field, value];
      const values = fields.find(({ name }) => name === field)?.values ?? {};
      return [field, parseEnum(value, Object.keys(values), property)];
    }),
  );
}

/**
 * ts-proto spells an enum's value as the proto does, with the enum's name before it. `ORDER_STATUS_NOT_ACTIVE` ends like `ACTIVE` as
 * well as like `NOT_ACTIVE`: the longest is meant.
 */
function parseEnum(value: unknown, names: readonly string[], property: string): string {
  const [found] = names
    .filter((name) => value === name || (typeof value === 'string' && value.endsWith(`_${screamingSnakeCase(name)}`)))
    .sort((a, b) => screamingSnakeCase(b).length - screamingSnakeCase(a).length);
  if (found === undefined) throw invalid(`after.${property}`, 'is not a known value');
  return found;
}

function invalid(field: string, problem: string): StreamError {
  return new StreamError('stream.invalid_request', `${field} ${problem}`, {
    status: 'INVALID_ARGUMENT',
    phase: 'request',
    fieldViolations: [{ field, description: problem }],
  });
}
