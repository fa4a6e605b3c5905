import { describe, expect, it } from 'vitest';
import { defaultStreamingSettings, defineModel, type StreamingSettings } from '../../src/runtime/index.js';
import { parseRequest, type StreamRequest } from '../../src/runtime/request/parse-request.js';

const model = defineModel({
  name: 'Order',
  delegate: 'order',
  key: ['status', 'orderNumber'],
  provider: 'sqlite',
  orders: {
    ORDER_SORT_ORDER_KEY_ASC: ['status', 'orderNumber'],
    ORDER_SORT_ORDER_KEY_DESC: ['status desc', 'orderNumber desc'],
    ORDER_SORT_ORDER_PLACED_AT_DESC: ['placedAt desc', 'status desc', 'orderNumber desc'],
    ORDER_SORT_ORDER_REFERENCE_ASC: ['reference'],
  },
  fields: [
    {
      name: 'status',
      number: 1,
      type: 'enum',
      values: { ACTIVE: 1, NOT_ACTIVE: 2, inActive: 3, onHold: 4, LEVEL_2: 5, V1Beta: 6 },
    },
    { name: 'orderNumber', property: 'number', number: 2, type: 'BigInt' },
    { name: 'placedAt', number: 3, type: 'DateTime', optional: true },
    { name: 'reference', number: 4, type: 'String' },
    { name: 'note', number: 5, type: 'String' },
  ],
});
const parse = (request: StreamRequest, settings: StreamingSettings = defaultStreamingSettings) =>
  parseRequest(request, model, settings);

describe('parseRequest', () => {
  it.each([
    ['ORDER_STATUS_ACTIVE', 'ACTIVE'],
    ['ORDER_STATUS_NOT_ACTIVE', 'NOT_ACTIVE'],
    ['ORDER_STATUS_IN_ACTIVE', 'inActive'],
    ['ORDER_STATUS_ON_HOLD', 'onHold'],
    ['ORDER_STATUS_LEVEL_2', 'LEVEL_2'],
    ['ORDER_STATUS_V1_BETA', 'V1Beta'],
    ['NOT_ACTIVE', 'NOT_ACTIVE'],
  ])("converts the proto's %s to Prisma's %s", (proto, prisma) => {
    expect(parse({ after: { status: proto, number: 7n } }).after).toEqual({ status: prisma, orderNumber: 7n });
  });

  it('refuses an enum value that it does not know', () => {
    const after = { status: 'ORDER_STATUS_UNSPECIFIED', number: 7n };
    expect(() => parse({ after })).toThrow('after.status is not a known value');
  });

  it('refuses a key with a column missing', () => {
    expect(() => parse({ after: { status: 'ACTIVE' } })).toThrow('after.order_number is missing');
  });

  it('treats 0 and a missing limit alike', () => {
    expect(parse({}).limit).toBeUndefined();
    expect(parse({ limit: 0n }).limit).toBeUndefined();
    expect(parse({ limit: 5n }).limit).toBe(5);
    expect(() => parse({ limit: -5n })).toThrow('limit must not be negative');
    expect(() => parse({ limit: 2n ** 60n })).toThrow('limit must be at most');
  });

  it('limits hints to the bounds of the server', () => {
    const { settings } = parse({ chunkSize: 1_000_000_000, checkInterval: 7, batchSize: 0 });
    expect(settings).toMatchObject({ chunkSize: 100_000, cancellationCheckInterval: 7, batchRows: 500 });
    expect(() => parse({ chunkSize: -1 })).toThrow('chunk_size must not be negative');
    const auto = { ...defaultStreamingSettings, chunkSize: 'auto', maxChunkSize: 700 } as const;
    expect(parse({}, auto).settings.chunkSize).toBe('auto');
    expect(parse({ chunkSize: 500 }, auto).settings.chunkSize).toBe(500);
    expect(parse({ chunkSize: 5000 }, auto).settings.chunkSize).toBe(700);
    expect(() => parse({ checkInterval: -1 })).toThrow('check_interval must not be negative');
    expect(() => parse({ batchSize: -1 })).toThrow('batch_size must not be negative');
  });

  it('reads by the key, ascending, unless an order is requested', () => {
    const names = (request: StreamRequest) =>
      parse(request).order.map(({ field, direction }) => `${field} ${direction}`);
    expect(names({})).toEqual(['status asc', 'orderNumber asc']);
    expect(names({ order: 'ORDER_SORT_ORDER_UNSPECIFIED' })).toEqual(['status asc', 'orderNumber asc']);
    expect(names({ order: 'ORDER_SORT_ORDER_REFERENCE_ASC' })).toEqual(['reference asc']);
    expect(names({ order: 'ORDER_SORT_ORDER_KEY_DESC' })).toEqual(['status desc', 'orderNumber desc']);
  });

  it('resumes by the fields of the order: an absent value is null in a nullable field, and an error in another', () => {
    const after = { status: 'ACTIVE', number: 7n };
    const order = 'ORDER_SORT_ORDER_PLACED_AT_DESC';
    expect(parse({ order, after }).after).toEqual({ placedAt: null, status: 'ACTIVE', orderNumber: 7n });
    const placedAt = new Date(5);
    expect(parse({ order, after: { ...after, placedAt } }).after).toMatchObject({ placedAt });
    expect(() => parse({ order: 'ORDER_SORT_ORDER_REFERENCE_ASC', after })).toThrow('after.reference is missing');
  });

  it('knows where the database sorts NULLs', () => {
    const nulls = (provider: 'sqlite' | 'postgresql', column: string) =>
      defineModel({ ...model, key: ['reference'], provider, orders: { X: [column] } }).orders.get('X')?.[0]?.nulls;
    expect(nulls('sqlite', 'placedAt')).toBe('first');
    expect(nulls('sqlite', 'placedAt desc')).toBe('last');
    expect(nulls('postgresql', 'placedAt')).toBe('last');
    expect(nulls('postgresql', 'placedAt desc')).toBe('first');
    expect(nulls('postgresql', 'reference')).toBeUndefined();
  });

  it('sends the fields of a mask, and those of the order', () => {
    const names = (request: StreamRequest) => parse(request).fields?.map(({ name }) => name);
    expect(names({ readMask: ['note'] })).toEqual(['status', 'orderNumber', 'note']);
    expect(names({ readMask: ['order_number'] })).toEqual(['status', 'orderNumber']);
    const byReference = { readMask: ['note'], order: 'ORDER_SORT_ORDER_REFERENCE_ASC' };
    expect(names(byReference)).toEqual(['status', 'orderNumber', 'reference', 'note']);
    for (const readMask of [null, [], ['*'], ['note', '*'], ['note', 'placed_at', 'reference']]) {
      expect(names({ readMask })).toBeUndefined();
    }
  });

  it('refuses a mask with an unknown field or a part of one', () => {
    expect(() => parse({ readMask: ['note', 'secret'] })).toThrow('read_mask names "secret", which is not a field');
    expect(() => parse({ readMask: ['note.length'] })).toThrow('read_mask must name whole fields, not parts of them');
    expect(() => parse({ readMask: ['__proto__'] })).toThrow('read_mask names "__proto__", which is not a field');
  });

  it('reads a partition from its beginning, or from where the client resumes', () => {
    const [from, to, place] = [1n, 9n, 5n].map((number) => ({ status: 'ACTIVE', number }));
    const partition = { after: from ?? null, upTo: to ?? null };
    expect(parse({ partition })).toMatchObject({ after: { orderNumber: 1n }, upTo: { orderNumber: 9n } });
    expect(parse({ partition, after: place ?? null })).toMatchObject({
      after: { orderNumber: 5n },
      upTo: { orderNumber: 9n },
    });
    expect(parse({ partition: { after: null, upTo: null } })).toMatchObject({ after: undefined, upTo: undefined });
  });

  it("refuses a partition in another order than the key's", () => {
    const order = 'ORDER_SORT_ORDER_KEY_DESC';
    expect(() => parse({ order, partition: {} })).toThrow("partition goes with the key's own order");
    expect(() => parse({ order: 'ORDER_SORT_ORDER_KEY_ASC', partition: {} })).not.toThrow();
  });

  it('leaves the consistency to the server unless the request sets one', () => {
    expect(parse({}).consistency).toBeUndefined();
    expect(parse({ consistency: 'CONSISTENCY_UNSPECIFIED' }).consistency).toBeUndefined();
    expect(parse({ consistency: 'CONSISTENCY_CHUNKED' }).consistency).toBe('chunked');
    expect(parse({ consistency: 'CONSISTENCY_SNAPSHOT' }).consistency).toBe('snapshot');
  });
});
