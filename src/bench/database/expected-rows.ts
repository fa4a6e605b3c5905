import { crc32 } from 'node:zlib';
import { UsageError } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import type { ExpectedRows } from '../executor.js';
import { findManyOf, keyOrder, toMessages } from './find-many.js';

interface ExpectedRowsOptions {
  /** A Prisma client. */
  readonly prisma: object;
  readonly model: StreamModel;
  /** The codec that ts-proto generated; the runtime has its own encoder. */
  readonly encode: (message: unknown) => { finish(): Uint8Array };
  readonly maxRows: number;
  /** Numbers of first rows whose checksums are needed as well; numbers beyond the table are ignored. */
  readonly prefixes?: readonly number[];
}

/** Large, since `skip` gets slower with every page. */
const PAGE_ROWS = 20_000;

/**
 * Reads the table with `findMany`, page by page, and encodes it with the generated codec. It uses no code of the runtime, so that a mistake
 * there cannot occur on both sides.
 */
export async function expectedRows(
  options: ExpectedRowsOptions,
): Promise<{ readonly whole: ExpectedRows; readonly prefixes: readonly ExpectedRows[] }> {
  const { prisma, model, encode, maxRows } = options;
  if (model.includes.length > 0) throw hasIncludes(model);
  const findMany = findManyOf(prisma, model);
  const toMessage = toMessages(model);
  const wanted = new Set(options.prefixes);
  const prefixes: ExpectedRows[] = [];
  let whole: ExpectedRows = { rows: 0, bytes: 0, checksum: 0 };
  while (whole.rows < maxRows) {
    const take = Math.min(PAGE_ROWS, maxRows - whole.rows);
    const page = await findMany({ orderBy: keyOrder(model), skip: whole.rows, take });
    for (const row of page) {
      whole = add(whole, encode(toMessage(row)).finish());
      if (wanted.has(whole.rows)) prefixes.push(whole);
    }
    if (page.length < take) break;
  }
  return { whole, prefixes };
}

/** Only the rows of one table can be checked: `findMany` alone does not read included rows of other tables. */
function hasIncludes({ name }: StreamModel): UsageError {
  return new UsageError(
    'bench.includes',
    `model "${name}" sends rows of others with its own, which bench cannot check`,
    { nextActions: ['name a model without @grpc.include with --model'] },
  );
}

function add({ rows, bytes, checksum }: ExpectedRows, row: Uint8Array): ExpectedRows {
  return { rows: rows + 1, bytes: bytes + row.length, checksum: crc32(row, checksum) };
}
