import { type Client, credentials, loadPackageDefinition, type ServiceError, status as Status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SALES, type Sale, type ServedShop, serveShop } from './served-shop.js';

/** A client of grpc-js that knows nothing of this package but the `.proto` files. */
describe('a client made by @grpc/proto-loader', () => {
  let shop: ServedShop;
  let client: Client;

  beforeAll(async () => {
    shop = await serveShop();
    const loaded = loadPackageDefinition(
      loadSync('raw/v1/sale.proto', { includeDirs: [shop.protoFolder], longs: String, enums: String, defaults: false }),
    ) as unknown as { raw: { v1: { SaleStreamService: new (address: string, credentials: unknown) => Client } } };
    client = new loaded.raw.v1.SaleStreamService(shop.address, credentials.createInsecure());
  });
  afterAll(async () => {
    client?.close();
    await shop?.close();
  });

  it('streams the table in the order of its key, without omitted fields', async () => {
    const rows = await read({});
    expect(rows.map(keyOf)).toEqual(SALES.map(saleKey));
    expect(JSON.stringify(rows)).not.toContain('secret');
  });

  it.each<[string, object, (sale: Sale) => boolean]>([
    ['a text', { shop: { equals: 'lyon' } }, ({ shop }) => shop === 'lyon'],
    ['a list', { shop: { in: ['oslo', 'kiel'] } }, ({ shop }) => shop !== 'lyon'],
    ['a range of 64 bits', { number: { gt: String(38n * 2n ** 40n) } }, ({ number }) => number > 38n * 2n ** 40n],
    ['an enum', { state: { equals: 'SALE_STATE_SENT' } }, ({ state }) => state === 'SENT'],
    ['a decimal', { total: { lte: '2.50' } }, ({ total }) => Number(total) <= 2.5],
    ['a boolean', { gift: { equals: false } }, ({ gift }) => !gift],
    ['a time', { soldAt: { gte: seconds(2024, 5) } }, ({ soldAt }) => soldAt >= new Date(Date.UTC(2024, 0, 5))],
    ['the beginning of a text', { customer: { startsWith: 'Zo' } }, ({ customer }) => customer === 'Zoë'],
    ['a part of a text', { shop: { contains: 's' } }, ({ shop }) => shop === 'oslo'],
    ['NULL', { customer: { isNull: true } }, ({ customer }) => customer === null],
    ['anything but NULL', { customer: { isNull: false } }, ({ customer }) => customer !== null],
    [
      'not, which NULL does not meet either',
      { not: { customer: { equals: 'Ann' } } },
      ({ customer }) => customer !== null && customer !== 'Ann',
    ],
    [
      'or within and',
      { gift: { equals: true }, or: [{ shop: { equals: 'kiel' } }, { total: { gt: '9' } }] },
      ({ gift, shop, total }) => gift && (shop === 'kiel' || Number(total) > 9),
    ],
  ])('filters by %s', async (_, filter, holds) => {
    const expected = SALES.filter(holds).map(saleKey);
    expect(expected.length).toBeGreaterThan(0);
    expect((await read({ filter })).map(keyOf)).toEqual(expected);
  });

  it('gets the fields of its mask, and always the key', async () => {
    const rows = await read({ readMask: { paths: ['total', 'gift'] }, limit: 3 });
    expect(rows.map((row) => Object.keys(row).sort())).toEqual([
      ['gift', 'number', 'shop', 'total'],
      ['number', 'shop', 'total'],
      ['number', 'shop', 'total'],
    ]);
    const [batch] = await call('streamSaleBatches', { readMask: { paths: ['sold_at'] }, limit: 1 });
    expect(Object.keys((batch?.sales as object[])[0] ?? {}).sort()).toEqual(['number', 'shop', 'soldAt']);
  });

  it.each([
    'SALE_SORT_ORDER_SHOP_THEN_NUMBER_ASC',
    'SALE_SORT_ORDER_SHOP_THEN_NUMBER_DESC',
    'SALE_SORT_ORDER_SOLD_AT_ASC',
    'SALE_SORT_ORDER_SOLD_AT_DESC',
    'SALE_SORT_ORDER_CUSTOMER_ASC_THEN_TOTAL_DESC',
    'SALE_SORT_ORDER_CUSTOMER_DESC_THEN_TOTAL_ASC',
  ])('resumes %s from its last row, again and again', async (order) => {
    const whole = (await read({ order })).map(keyOf);
    expect(whole).toEqual([...SALES].sort(ORDERS[order]).map(saleKey));
    const parts: string[] = [];
    let after: Readonly<Record<string, unknown>> | undefined;
    for (;;) {
      const rows = await read({ order, limit: 7, ...(after ? { after } : {}) });
      parts.push(...rows.map(keyOf));
      // A row holds its place: fields that a place does not have are no part of it.
      after = rows.at(-1);
      if (rows.length < 7) break;
    }
    expect(parts).toEqual(whole);
  });

  it('splits the table into parts that together are the whole', async () => {
    for (const count of [1, 2, 3, 7, 120, 200]) {
      const { partitions } = await callOnce({ count });
      expect(partitions).toHaveLength(Math.min(count, SALES.length));
      const parts = await Promise.all(partitions.map((partition) => read({ partition })));
      expect(parts.flat().map(keyOf)).toEqual(SALES.map(saleKey));
      const sizes = parts.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });

  it('splits filtered rows, and resumes within a part', async () => {
    const filter = { shop: { equals: 'oslo' } };
    const { partitions } = await callOnce({ count: 4, filter });
    const parts = await Promise.all(partitions.map((partition) => read({ partition, filter })));
    expect(parts.map(({ length }) => length)).toEqual([10, 10, 10, 10]);
    const [first = [], second = []] = parts;
    expect((await read({ partition: partitions[0], filter, after: first[3] })).map(keyOf)).toEqual(
      first.slice(4).map(keyOf),
    );
    expect(second.map(keyOf)).not.toContain(keyOf(first[9] ?? {}));
  });

  it.each<[object, string, string]>([
    [{ filter: {} }, 'filter', 'has no condition'],
    [{ filter: { total: { lt: 'cheap' } } }, 'filter.total.lt', 'must be a decimal'],
    [{ readMask: { paths: ['card_token'] } }, 'read_mask', 'which is not a field'],
    [{ order: 'SALE_SORT_ORDER_SOLD_AT_DESC', after: { shop: 'oslo', number: 1 } }, 'after.sold_at', 'is missing'],
    [{ order: 'SALE_SORT_ORDER_SOLD_AT_DESC', partition: {} }, 'partition', "goes with the key's own order"],
    [{ limit: -1 }, 'limit', 'must not be negative'],
  ])('learns the invalid field of %o', async (request, field, problem) => {
    const error = await read(request).then(
      () => undefined,
      (thrown: ServiceError) => thrown,
    );
    expect(error?.code).toBe(Status.INVALID_ARGUMENT);
    expect(error?.details).toContain(`${field} `);
    expect(error?.details).toContain(problem);
    // google.rpc.BadRequest, in the trailer that every gRPC library reads.
    expect(String(error?.metadata.get('grpc-status-details-bin')[0])).toContain('google.rpc.BadRequest');
  });

  it('gets INVALID_ARGUMENT when it asks for no parts', async () => {
    await expect(callOnce({ count: 0 })).rejects.toMatchObject({ code: Status.INVALID_ARGUMENT });
    await expect(callOnce({ count: -1 })).rejects.toMatchObject({ code: Status.INVALID_ARGUMENT });
  });

  type Message = Readonly<Record<string, unknown>>;

  const read = (request: object) => call('streamSales', request);

  async function call(method: string, request: object): Promise<Message[]> {
    const open = Reflect.get(client, method).bind(client) as (request: object) => AsyncIterable<Message>;
    const messages: Message[] = [];
    for await (const message of open(request)) messages.push(message);
    return messages;
  }

  function callOnce(request: object): Promise<{ partitions: object[] }> {
    const method = Reflect.get(client, 'partitionSales').bind(client);
    return new Promise((resolve, reject) => {
      method(request, (error: unknown, response: { partitions: object[] }) =>
        error ? reject(error) : resolve(response),
      );
    });
  }
});

function keyOf(row: Readonly<Record<string, unknown>>): string {
  return `${row.shop} ${row.number}`;
}

function saleKey({ shop, number }: Sale): string {
  return `${shop} ${number}`;
}

function seconds(year: number, day: number): { seconds: number } {
  return { seconds: Date.UTC(year, 0, day) / 1000 };
}

type Comparison = (a: Sale, b: Sale) => number;

const by =
  (value: (sale: Sale) => string | number | bigint): Comparison =>
  (a, b) =>
    value(a) < value(b) ? -1 : Number(value(a) > value(b));
const inTurn =
  (...comparisons: readonly Comparison[]): Comparison =>
  (a, b) =>
    comparisons.reduce((result, comparison) => result || comparison(a, b), 0);
const reversed =
  (comparison: Comparison): Comparison =>
  (a, b) =>
    comparison(b, a);

const byKey = inTurn(
  by(({ shop }) => shop),
  by(({ number }) => number),
);
const byTime = inTurn(
  by(({ soldAt }) => soldAt.getTime()),
  byKey,
);
/** NULL comes first in SQLite, which no text does. */
const byCustomer = by(({ customer }) => customer ?? '');
const byTotal = by(({ total }) => Number(total));
const customerThenTotalDown = inTurn(byCustomer, reversed(byTotal), reversed(byKey));

const ORDERS: Readonly<Record<string, Comparison>> = {
  SALE_SORT_ORDER_SHOP_THEN_NUMBER_ASC: byKey,
  SALE_SORT_ORDER_SHOP_THEN_NUMBER_DESC: reversed(byKey),
  SALE_SORT_ORDER_SOLD_AT_ASC: byTime,
  SALE_SORT_ORDER_SOLD_AT_DESC: reversed(byTime),
  SALE_SORT_ORDER_CUSTOMER_ASC_THEN_TOTAL_DESC: customerThenTotalDown,
  SALE_SORT_ORDER_CUSTOMER_DESC_THEN_TOTAL_ASC: reversed(customerThenTotalDown),
};
