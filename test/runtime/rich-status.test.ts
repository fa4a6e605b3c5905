import { type ServiceError, status as Status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { fieldViolationsOf, reasonOf, retryDelayOf } from '../../src/client/index.js';
import { StreamError } from '../../src/runtime/index.js';
import type { StreamRequest } from '../../src/runtime/request/parse-request.js';
import { statusOf } from '../../src/runtime/status/grpc-status.js';
import { failAtRow, inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { openItems, type ReadOptions } from '../support/item-readers.js';
import { type ItemServiceOptions, serveItems } from '../support/item-service.js';
import { itemRows } from '../support/items.js';
import { richStatusOf } from '../support/rich-status.js';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** How a stream over a real connection failed. */
async function failureOf(
  { delegate = inMemoryDelegate(itemRows(10)), ...options }: Partial<ItemServiceOptions>,
  read: ReadOptions = {},
): Promise<ServiceError> {
  const server = await serveItems({ delegate, ...options });
  cleanups.push(server.close);
  const stream = openItems(server.client, read);
  return new Promise((resolve, reject) => {
    stream.on('error', (error) => resolve(error as ServiceError));
    stream.on('end', () => reject(new Error('the stream ended well')));
    stream.resume();
  });
}

describe('a status on the wire', () => {
  it.each<[string, StreamRequest, string]>([
    ['limit', { limit: -1n }, 'must not be negative'],
    ['after.id', { after: {} }, 'is missing'],
    ['chunk_size', { chunkSize: -1 }, 'must not be negative'],
    ['check_interval', { checkInterval: -1 }, 'must not be negative'],
  ])('names the field that was refused: %s', async (field, request, description) => {
    const error = await failureOf({}, { request });
    expect(error.code).toBe(Status.INVALID_ARGUMENT);
    expect(richStatusOf(error)).toEqual({
      code: Status.INVALID_ARGUMENT,
      message: error.details,
      details: {
        'google.rpc.ErrorInfo': { reason: 'STREAM_INVALID_REQUEST', domain: 'grpc-stream' },
        'google.rpc.BadRequest': { fieldViolations: [{ field, description }] },
      },
    });
    expect(fieldViolationsOf(error)).toEqual([{ field, description }]);
    expect(retryDelayOf(error)).toBeUndefined();
  });

  it('has a retry delay when the server shuts down', async () => {
    const error = await failureOf({ shutdown: AbortSignal.abort() });
    expect(error.code).toBe(Status.UNAVAILABLE);
    expect(richStatusOf(error)?.details).toEqual({
      'google.rpc.ErrorInfo': { reason: 'STREAM_SHUTDOWN', domain: 'grpc-stream' },
      'google.rpc.RetryInfo': { retryDelay: { seconds: 1 } },
    });
    expect(retryDelayOf(error)).toBe(1000);
    expect(reasonOf(error)).toBe('STREAM_SHUTDOWN');
  });

  it('has a retry delay when the database stalls', async () => {
    const stall = stallAtRow(5, inMemoryDelegate(itemRows(10)));
    cleanups.push(() => stall.release());
    const error = await failureOf({ delegate: stall, settings: { chunkSize: 2, yieldTimeout: 0.3 } });
    expect(error.code).toBe(Status.ABORTED);
    expect(reasonOf(error)).toBe('STREAM_DATABASE_STALLED');
    expect(retryDelayOf(error)).toBe(2000);
  });

  it('has no details of an internal error', async () => {
    const delegate = failAtRow(3, new Error('password=hunter2'), inMemoryDelegate(itemRows(10)));
    const error = await failureOf({ delegate });
    expect(error).toMatchObject({ code: Status.INTERNAL, details: 'internal error' });
    expect(JSON.stringify(error.metadata.toJSON())).not.toContain('hunter2');
    expect(richStatusOf(error)).toBeUndefined();
    expect([reasonOf(error), retryDelayOf(error), fieldViolationsOf(error)]).toEqual([undefined, undefined, []]);
  });
});

describe('the details of a status', () => {
  const detailsOf = (options: Partial<ConstructorParameters<typeof StreamError>[2]>) => {
    const error = new StreamError('stream.test', 'no', { status: 'ABORTED', phase: 'request', ...options });
    const { metadata } = statusOf(error, 30);
    if (!metadata) throw new Error('no metadata');
    return { metadata };
  };

  // As proto3 has it, what is 0 is not sent.
  it.each([
    [0, {}],
    [1, { nanos: 1_000_000 }],
    [1500, { seconds: 1, nanos: 500_000_000 }],
    [86_400_000, { seconds: 86_400 }],
    [-5, {}],
  ])('carry a delay of %i ms to the millisecond', (retryAfterMs, retryDelay) => {
    const error = detailsOf({ retryAfterMs });
    expect(richStatusOf(error)?.details['google.rpc.RetryInfo']).toEqual({ retryDelay });
    expect(retryDelayOf(error)).toBe(Math.max(0, retryAfterMs));
  });

  it('never fill more than the 8 KiB of metadata that clients take', () => {
    const violation = {
      field: 'filter.and[3].title',
      description: 'is not a text; give one, such as "Emma"'.repeat(4),
    };
    const error = detailsOf({ fieldViolations: Array.from({ length: 1000 }, () => violation) });
    const [trailer] = error.metadata.get('grpc-status-details-bin');
    expect(trailer?.length).toBeLessThan(6 * 1024);
    expect(fieldViolationsOf(error).length).toBeGreaterThan(10);
  });

  it('are empty if the trailer holds something else', () => {
    const { metadata } = detailsOf({});
    metadata.set('grpc-status-details-bin', Buffer.from([0x1a, 0xff]));
    expect([reasonOf({ metadata }), retryDelayOf({ metadata })]).toEqual([undefined, undefined]);
    expect([reasonOf(undefined), reasonOf(new Error('x')), reasonOf({ metadata: {} })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
