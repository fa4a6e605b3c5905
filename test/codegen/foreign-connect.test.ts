import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBuf } from '../support/buf.js';
import { SALES, type Sale, type ServedShop, serveShop } from './served-shop.js';

/** A client of Connect, over descriptors that `buf build` made of the `.proto` files. */
describe('a client made by buf and Connect', () => {
  let shop: ServedShop;
  let service: DescService;
  let stream: (method: string, request: JsonValue) => Promise<Row[]>;
  let once: (method: string, request: JsonValue) => Promise<Row>;

  beforeAll(async () => {
    shop = await serveShop();
    service = await buildService(shop.protoFolder);
    const transport = createGrpcTransport({ baseUrl: `http://${shop.address}` });
    const client: Readonly<Record<string, unknown>> = createClient(service, transport);
    stream = async (name, request) => {
      const method = methodOf(service, name);
      const open = client[name] as (request: Message) => AsyncIterable<Message>;
      const rows: Row[] = [];
      for await (const message of open(fromJson(method.input, request))) rows.push(jsonOf(method.output, message));
      return rows;
    };
    once = async (name, request) => {
      const method = methodOf(service, name);
      const ask = client[name] as (request: Message) => Promise<Message>;
      return jsonOf(method.output, await ask(fromJson(method.input, request)));
    };
  });
  afterAll(() => shop?.close());

  it('streams every value as it was stored', async () => {
    const [first, second] = await stream('streamSales', { limit: '2' });
    expect(first).toEqual({
      shop: 'kiel',
      number: String(2n ** 40n),
      state: 'SALE_STATE_OPEN',
      total: '0.5',
      soldAt: '2024-01-01T00:00:00Z',
      gift: true,
    });
    expect(second).toMatchObject({ customer: 'Bob' });
  });

  it('filters, masks, orders and limits in one request', async () => {
    const rows = await stream('streamSales', {
      filter: {
        soldAt: { lt: '2024-01-04T00:00:00Z' },
        or: [{ state: { in: ['SALE_STATE_PAID'] } }, { gift: { equals: true } }],
      },
      readMask: 'total,customer',
      order: 'SALE_SORT_ORDER_SOLD_AT_DESC',
      limit: '5',
    });
    const expected = SALES.filter(
      ({ soldAt, state, gift }) => soldAt < new Date('2024-01-04') && (state === 'PAID' || gift),
    )
      .sort((a, b) => b.soldAt.getTime() - a.soldAt.getTime() || (keyOf(a) < keyOf(b) ? 1 : -1))
      .slice(0, 5);
    expect(rows.map(keyOf)).toEqual(expected.map(keyOf));
    for (const row of rows) expect(Object.keys(row)).toEqual(expect.not.arrayContaining(['state', 'gift']));
  });

  it('streams batches, and resumes after the last row of one', async () => {
    const batches = await stream('streamSaleBatches', { batchSize: 9, limit: '50' });
    const rows = batches.flatMap(({ sales }) => sales as Row[]);
    const { shop: name, number } = rows.at(-1) as Row;
    const rest = await stream('streamSales', { after: { shop: name as string, number: number as string } });
    expect([...rows, ...rest].map(keyOf)).toEqual(SALES.map(keyOf));
  });

  it('reads the parts of a table concurrently', async () => {
    const { partitions } = await once('partitionSales', { count: 5 });
    const parts = await Promise.all(
      (partitions as JsonValue[]).map((partition) => stream('streamSales', { partition })),
    );
    expect(parts.map(({ length }) => length)).toEqual([24, 24, 24, 24, 24]);
    expect(parts.flat().map(keyOf)).toEqual(SALES.map(keyOf));
  });

  it('learns which field of its request was invalid', async () => {
    const error = await stream('streamSales', { filter: { shop: { contains: 'x'.repeat(5000) } } }).catch(
      ConnectError.from,
    );
    expect(error).toBeInstanceOf(ConnectError);
    const { code, details } = error as ConnectError;
    expect(code).toBe(Code.InvalidArgument);
    expect(details.map((detail) => ('type' in detail ? detail.type : ''))).toContain('google.rpc.BadRequest');
  });

  it('cannot name a field that is omitted: its descriptors have none', () => {
    const row = methodOf(service, 'streamSales').output;
    expect(row.fields.map(({ name }) => name)).not.toContain('card_token');
    expect(() =>
      fromJson(methodOf(service, 'streamSales').input, { filter: { cardToken: { equals: 'x' } } }),
    ).toThrow();
  });
});

type Row = Readonly<Record<string, unknown>>;

/** `buf build`, as a team would run it. */
async function buildService(protoFolder: string): Promise<DescService> {
  const image = join(protoFolder, 'image.binpb');
  // A workspace of its own: buf would find one in the folders above.
  await writeFile(join(protoFolder, 'buf.yaml'), 'version: v2\n');
  await runBuf(['build', '-o', image], protoFolder);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(image)));
  const service = registry.getService('raw.v1.SaleStreamService');
  if (!service) throw new Error('the image has no SaleStreamService');
  return service;
}

function methodOf(service: DescService, name: string): DescMethod {
  const method = service.method[name];
  if (!method) throw new Error(`${service.name} has no ${name}`);
  return method;
}

function jsonOf(type: DescMessage, message: Message): Row {
  return toJson(type, message) as Row;
}

function keyOf(row: Row | Sale): string {
  return `${row.shop} ${String(row.number).padStart(20, '0')}`;
}
