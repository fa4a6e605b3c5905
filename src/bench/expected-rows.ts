import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { EnvironmentError } from '../errors/index.js';
import type { Field, StreamModel } from '../model/index.js';
import { propertyOf } from '../proto/index.js';
import { enumValueName } from '../proto/names.js';

/** What every stream of the table must come to. */
export interface ExpectedRows {
  readonly rows: number;
  readonly bytes: number;
  readonly checksum: number;
}

export interface ExpectedRowsOptions {
  /** A Prisma client. */
  readonly prisma: object;
  readonly model: StreamModel;
  /** The message's codec as ts-proto wrote it: the runtime encodes rows by code of its own. */
  readonly encode: (message: unknown) => { finish(): Uint8Array };
  readonly maxRows: number;
}

/** Large, since this reads by `skip`, whose pages get slower as they get deeper. */
const PAGE_ROWS = 20_000;

/**
 * Reads the table the plain way (`findMany`, page by page) and encodes it with the generated codec. Not a line of the
 * runtime takes part, so that a mistake there cannot hide on both sides.
 */
export async function expectedRows({ prisma, model, encode, maxRows }: ExpectedRowsOptions): Promise<ExpectedRows> {
  const delegate = delegateOf(prisma, model);
  const orderBy = model.key.fields.map((field) => ({ [field]: 'asc' }));
  let expected: ExpectedRows = { rows: 0, bytes: 0, checksum: 0 };
  while (expected.rows < maxRows) {
    const take = Math.min(PAGE_ROWS, maxRows - expected.rows);
    const page = rowsSchema.parse(await delegate.findMany({ orderBy, skip: expected.rows, take }));
    expected = page.reduce((sum, row) => add(sum, encode(messageOf(row, model)).finish()), expected);
    if (page.length < take) break;
  }
  return expected;
}

const rowsSchema = z.array(z.record(z.string(), z.unknown()));

const delegateSchema = z.custom<{ findMany(args: object): Promise<unknown> }>(
  (value) => value instanceof Object && 'findMany' in value,
);

function delegateOf(prisma: object, model: StreamModel) {
  const delegate = delegateSchema.safeParse(Reflect.get(prisma, model.delegate));
  if (delegate.success) return delegate.data;
  throw new EnvironmentError('bench.no_delegate', `the Prisma client has no model "${model.name}"`, {
    nextActions: ['run `npx prisma generate` and `npx grpc-stream generate`'],
  });
}

/** With the options that our codecs are generated with, a row is a message but for its decimals and its enums. */
function messageOf(row: Readonly<Record<string, unknown>>, model: StreamModel): Record<string, unknown> {
  return Object.fromEntries(model.fields.map((field) => [propertyOf(field), messageValue(row[field.name], field)]));
}

function messageValue(value: unknown, field: Field): unknown {
  if (Array.isArray(value) && field.list) return value.map((item) => messageValue(item, { ...field, list: false }));
  if (field.type.kind === 'enum' && typeof value === 'string') return enumValueName(field.type.enum, value);
  if (value instanceof Object && 'toFixed' in value && typeof value.toFixed === 'function') return `${value.toFixed()}`;
  return value;
}

function add({ rows, bytes, checksum }: ExpectedRows, row: Uint8Array): ExpectedRows {
  return { rows: rows + 1, bytes: bytes + row.length, checksum: crc32(row, checksum) };
}
