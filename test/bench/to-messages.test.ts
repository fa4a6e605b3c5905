import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toMessages } from '../../src/bench/database/find-many.js';
import type { EnumModel, StreamModel } from '../../src/model/index.js';
import { loadSchema } from '../../src/schema/index.js';

let folder = '';
let model: StreamModel;
let enums: readonly EnumModel[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-'));
  const file = join(folder, 'schema.prisma');
  await writeFile(
    file,
    `datasource db {
      provider = "postgresql"
    }
    enum OrderState {
      OPEN
      sentOut
    }
    model Order {
      id       Int          @id
      HTTPUrl  String
      state    OrderState
      states   OrderState[]
      total    Decimal?
      parts    Decimal[]
      note     String?
    }`,
  );
  const schema = await loadSchema(file);
  const [found] = schema.models;
  if (!found) throw new Error('the schema has no model');
  model = found;
  enums = schema.enums;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it('changes the names, the enums and the decimals of a row, and nothing else', () => {
  const decimal = (text: string) => ({ toFixed: () => text });
  const row = {
    id: 1,
    HTTPUrl: 'a',
    state: 'OPEN',
    states: ['sentOut', 'OPEN'],
    total: decimal('10000000000000000000000.5'),
    parts: [decimal('0.0000001')],
    note: null,
  };
  const toMessage = toMessages(model, enums);
  for (const _ of ['made', 'remembered']) {
    expect(toMessage(row)).toMatchObject({
      id: 1,
      httpUrl: 'a',
      state: 'ORDER_STATE_OPEN',
      states: ['ORDER_STATE_SENT_OUT', 'ORDER_STATE_OPEN'],
      total: '10000000000000000000000.5',
      parts: ['0.0000001'],
      note: null,
    });
  }
  expect(row.state, 'the row is the caller’s').toBe('OPEN');
});

it('leaves what is null null', () => {
  expect(toMessages(model, enums)({ id: 2, total: null, state: null, parts: [], states: [] })).toMatchObject({
    total: null,
    state: null,
    parts: [],
    states: [],
  });
});
