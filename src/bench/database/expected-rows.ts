import { crc32 } from 'node:zlib';
import { EnvironmentError, messageOf, UsageError } from '../../errors/index.js';
import type { EnumModel, StreamModel } from '../../model/index.js';
import type { ExpectedRows } from '../executor.js';
import { findManyOf, keyOrder, type TableRow, toMessages } from './find-many.js';

interface ExpectedRowsOptions {
  /** A Prisma client. */
  readonly prisma: object;
  readonly model: StreamModel;
  /** The enums of the schema. */
  readonly enums: readonly EnumModel[];
  /** The message's codec as ts-proto wrote it: the runtime encodes rows by code of its own. */
  readonly encode: (message: unknown) => { finish(): Uint8Array };
  readonly maxRows: number;
  /** Counts of first rows that are wanted too; those that the table does not have are left out. */
  readonly prefixes?: readonly number[];
  /** Prisma's, for rows in another order than the key's, or for some of them: the database says which those are. */
  readonly where?: object | undefined;
  readonly orderBy?: readonly object[] | undefined;
}

/** Large, since this reads by `skip`, whose pages get slower as they get deeper. */
const PAGE_ROWS = 20_000;

/**
 * Reads the table the plain way (`findMany`, page by page) and encodes it with the generated codec. Not a line of the
 * runtime takes part, so that a mistake there cannot hide on both sides.
 */
export async function expectedRows(
  options: ExpectedRowsOptions,
): Promise<{ readonly whole: ExpectedRows; readonly prefixes: readonly ExpectedRows[] }> {
  const { prisma, model, enums, encode, maxRows, where = {}, orderBy = keyOrder(options.model) } = options;
  if (model.includes.length > 0) throw hasIncludes(model);
  const findMany = findManyOf(prisma, model);
  const toMessage = toMessages(model, enums);
  const encoded = encoderOf(model, (row) => encode(toMessage(row)).finish());
  const wanted = new Set(options.prefixes);
  const prefixes: ExpectedRows[] = [];
  let whole: ExpectedRows = { rows: 0, bytes: 0, checksum: 0 };
  while (whole.rows < maxRows) {
    const take = Math.min(PAGE_ROWS, maxRows - whole.rows);
    const page = await findMany({ where, orderBy, skip: whole.rows, take });
    for (const row of page) {
      whole = add(whole, encoded(row));
      if (wanted.has(whole.rows)) prefixes.push(whole);
    }
    if (page.length < take) break;
  }
  return { whole, prefixes };
}

/** A value that its column's type does not allow, as SQLite keeps them, is said to be where it is. */
function encoderOf({ name, key }: StreamModel, encode: (row: TableRow) => Uint8Array): typeof encode {
  return (row) => {
    try {
      return encode(row);
    } catch (cause) {
      const place = key.fields.map((field) => `${field} ${String(row[field])}`).join(', ');
      throw new EnvironmentError(
        'bench.unreadable_row',
        `the row of ${name} with ${place} cannot be sent: ${messageOf(cause)}`,
        {
          cause,
          nextActions: ['look at that row: one of its values is not of the type that the schema says'],
        },
      );
    }
  };
}

/** One table's rows are checked: `findMany` alone does not read the rows of others inside them. */
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
