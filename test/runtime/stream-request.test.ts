import { describe, expect, it } from 'vitest';
import { defaultStreamingSettings, defineModel } from '../../src/runtime/index.js';
import { parseRequest, type StreamRequest } from '../../src/runtime/stream-request.js';

const model = defineModel({
  name: 'Order',
  delegate: 'order',
  key: ['status', 'orderNumber'],
  fields: [
    {
      name: 'status',
      number: 1,
      type: 'enum',
      values: { ACTIVE: 1, NOT_ACTIVE: 2, inActive: 3, onHold: 4, LEVEL_2: 5, V1Beta: 6 },
    },
    { name: 'orderNumber', property: 'number', number: 2, type: 'BigInt' },
  ],
});
const parse = (request: StreamRequest) => parseRequest(request, model, defaultStreamingSettings);

describe('parseRequest', () => {
  it.each([
    ['ORDER_STATUS_ACTIVE', 'ACTIVE'],
    ['ORDER_STATUS_NOT_ACTIVE', 'NOT_ACTIVE'],
    ['ORDER_STATUS_IN_ACTIVE', 'inActive'],
    ['ORDER_STATUS_ON_HOLD', 'onHold'],
    ['ORDER_STATUS_LEVEL_2', 'LEVEL_2'],
    ['ORDER_STATUS_V1_BETA', 'V1Beta'],
    ['NOT_ACTIVE', 'NOT_ACTIVE'],
  ])("takes the proto's %s for Prisma's %s", (proto, prisma) => {
    expect(parse({ after: { status: proto, number: 7n } }).after).toEqual({ status: prisma, orderNumber: 7n });
  });

  it('refuses an enum value that it does not know', () => {
    const after = { status: 'ORDER_STATUS_UNSPECIFIED', number: 7n };
    expect(() => parse({ after })).toThrow('after.status is not a known value');
  });

  it('refuses a key with a column missing', () => {
    expect(() => parse({ after: { status: 'ACTIVE' } })).toThrow('after.number is missing');
  });

  it('takes 0 for no limit, and no limit for 0', () => {
    expect(parse({}).limit).toBeUndefined();
    expect(parse({ limit: 0n }).limit).toBeUndefined();
    expect(parse({ limit: 5n }).limit).toBe(5);
    expect(() => parse({ limit: -5n })).toThrow('limit must not be negative');
    expect(() => parse({ limit: 2n ** 60n })).toThrow('limit must be at most');
  });

  it('bounds the hints by what the server allows', () => {
    const { settings } = parse({ chunkSize: 1_000_000_000, checkInterval: 7, batchSize: 0 });
    expect(settings).toMatchObject({ chunkSize: 100_000, cancellationCheckInterval: 7, batchRows: 500 });
    expect(() => parse({ chunkSize: -1 })).toThrow('chunk_size must not be negative');
    expect(() => parse({ checkInterval: -1 })).toThrow('check_interval must not be negative');
    expect(() => parse({ batchSize: -1 })).toThrow('batch_size must not be negative');
  });
});
