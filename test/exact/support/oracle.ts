import fc from 'fast-check';
import { expect } from 'vitest';
import { keyFromJson, openRange, positionOf } from '../../../src/client/position.js';
import { defaultStreamingSettings } from '../../../src/config/index.js';
import { StreamError } from '../../../src/errors/index.js';
import { ByteWriter } from '../../../src/runtime/encode/byte-writer.js';
import type { SqlReaderFactory } from '../../../src/runtime/index.js';
import { parseRequest, type StreamRequest } from '../../../src/runtime/request/parse-request.js';
import { parsePartitionRequest } from '../../../src/runtime/request/partition-request.js';
import { modelReading, type RowsWanted } from '../../../src/runtime/rows/model-reading.js';
import type { RowView } from '../../../src/runtime/rows/row-view.js';
import { splitKeys } from '../../../src/runtime/stream/serve-partitions.js';
import type { ColumnKind } from './column-kinds.js';
import { type DecodedRow, decodeRow, fieldValue, requestValue } from './decode-row.js';
import { type RandomFilter, randomFilter, sayFilter } from './random-filter.js';
import { type FilledTable, fillTable, quotedName, type RandomTable, randomTable } from './random-table.js';
import type { StoredDatabase } from './stored-databases.js';
import { canonicalValue, storedValues } from './stored-values.js';

/** How many cases of a database: 1,000 take some minutes. */
export const CASES = Number(process.env.GRPC_STREAM_ORACLE_CASES ?? 60);

/** Plays a failure again. */
const SEED = process.env.GRPC_STREAM_ORACLE_SEED;

/** Everything that a case draws at random. */
export interface OracleCase {
  readonly table: RandomTable;
  readonly filters: readonly RandomFilter[];
  readonly chunkSize: number;
  readonly parts: number;
  readonly mask: readonly number[];
  readonly gone: number;
  /** Whether the rows that are looked at for a filter without an index are bounded, by more than there are. */
  readonly bounded: boolean;
}

export function oracleCase(kinds: readonly ColumnKind[], lists: boolean): fc.Arbitrary<OracleCase> {
  return fc.record({
    table: randomTable({ kinds, lists }),
    filters: fc.array(randomFilter, { minLength: 3, maxLength: 3 }),
    chunkSize: fc.integer({ min: 1, max: 9 }),
    parts: fc.integer({ min: 1, max: 5 }),
    mask: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }),
    gone: fc.nat({ max: 99 }),
    bounded: fc.boolean(),
  });
}

/** Compares what this package reads of a table, in every way that it can be asked, with SQL that is written by hand. */
export async function checkCase(database: StoredDatabase, adapter: SqlReaderFactory, drawn: OracleCase): Promise<void> {
  const filled = await fillTable(database, drawn.table);
  try {
    await new Oracle(database, adapter, filled, drawn).check();
  } catch (error) {
    throw new Error(`${error}\n${filled.made.join(';\n')}`, { cause: error });
  } finally {
    await database.run(`DROP TABLE ${quotedName(filled.table)}`);
  }
}

/** What reads rows in the place of Prisma's client fails the test. */
export const NO_CLIENT = {
  wide: { findMany: () => Promise.reject(new Error("rows were read through Prisma's client")) },
  _extensions: { isEmpty: () => true },
};

/** A hook that changes nothing. */
const SAME_ROWS: RowView = { scope: undefined, constants: {}, map: (row) => ({ ...row }), unseen: new Set() };

interface ReadOptions extends Pick<RowsWanted, 'views' | 'consistency'> {
  readonly chunkSize?: number;
  readonly onRow?: (row: DecodedRow) => Promise<void>;
}

class Oracle {
  private readonly database: StoredDatabase;
  private readonly filled: FilledTable;
  private readonly drawn: OracleCase;
  private readonly reading: ReturnType<typeof modelReading>;

  constructor(database: StoredDatabase, adapter: SqlReaderFactory, filled: FilledTable, drawn: OracleCase) {
    this.database = database;
    this.filled = filled;
    this.drawn = drawn;
    this.reading = modelReading(
      filled.model,
      { prisma: NO_CLIENT as never, adapter },
      { settings: { ...defaultStreamingSettings, maxScan: drawn.bounded ? 100_000 : 0 } },
    );
  }

  async check(): Promise<void> {
    const { model, columns } = this.filled;
    const filters = this.drawn.filters.flatMap((filter) => sayFilter(filter, columns, this.database.provider) ?? []);
    for (const order of model.orders.keys()) {
      const ids = await this.storedIds(order);
      const rows = await this.read({ order });
      expect(rows.map(idOf)).toEqual(ids);
      await this.checkValues(rows);
      await this.checkPlaces(order, rows, ids);
      for (const { request, sql } of filters)
        expect(await this.ids({ order, filter: request })).toEqual(await this.storedIds(order, sql));
      await this.checkGone(order, rows, ids);
    }
    await this.checkMask();
    await this.checkOtherWays();
    for (const said of [undefined, filters[0]]) await this.checkPartitions(said);
  }

  /** Every value as the database's own client prints it. */
  private async checkValues(rows: readonly DecodedRow[]): Promise<void> {
    const { columns, table } = this.filled;
    const stored = await storedValues(this.database, table, columns);
    const values = rows.map((row): [number, unknown[]] => [
      idOf(row),
      columns.map(({ field }) => canonicalValue(field, fieldValue(row, field))),
    ]);
    expect(values).toEqual(rows.map((row) => [idOf(row), stored.get(idOf(row))]));
  }

  /** Resumes behind every row, by its place as a client saves it. */
  private async checkPlaces(order: string, rows: readonly DecodedRow[], ids: readonly number[]): Promise<void> {
    for (const [index, row] of rows.entries()) {
      const rest = await this.idsUnlessVague(order, { order, after: this.savedPlace(order, row) });
      if (rest) expect(rest).toEqual(ids.slice(index + 1));
    }
  }

  /** Rows go while a stream reads them, and a stream resumes behind a row that is gone. */
  private async checkGone(order: string, rows: readonly DecodedRow[], ids: readonly number[]): Promise<void> {
    const { table, insert } = this.filled;
    const index = this.drawn.gone % rows.length;
    const row = rows[index];
    if (!row) return;
    await this.database.run(`DELETE FROM ${quotedName(table)} WHERE id = ${ids[index]}`);
    const rest = await this.idsUnlessVague(order, { order, after: this.savedPlace(order, row) });
    // Nobody can know in which of several forms the date of a row was that is gone.
    if (!this.filled.isVague(order)) expect(rest).toEqual(ids.slice(index + 1));
    await this.database.run(insert(Number(ids[index])));
    const removed: number[] = [];
    const onRow = async (gone: DecodedRow) => {
      if (removed.length >= rows.length / 2) return;
      removed.push(idOf(gone));
      await this.database.run(`DELETE FROM ${quotedName(table)} WHERE id = ${idOf(gone)}`);
    };
    expect((await this.read({ order }, { chunkSize: 2, onRow })).map(idOf)).toEqual(ids);
    for (const id of removed) await this.database.run(insert(id));
  }

  private async checkMask(): Promise<void> {
    const { columns, model } = this.filled;
    const masked = this.drawn.mask.flatMap((place) => columns[place % columns.length]?.field ?? []);
    const wanted = new Set(['id', ...masked.map(({ name }) => name), ...model.key.map(({ field }) => field)]);
    const whole = await this.read({});
    const rows = await this.read({ readMask: ['id', ...masked.map(({ name }) => name)] });
    const cut = whole.map((row) => new Map([...row].filter(([name]) => wanted.has(name))));
    expect(rows).toEqual(cut);
  }

  /** A snapshot, a hook that changes nothing and a limit. */
  private async checkOtherWays(): Promise<void> {
    const rows = await this.read({});
    expect(await this.read({}, { consistency: 'snapshot' })).toEqual(rows);
    const mapped = await this.read({}, { views: new Map([[this.filled.model.name, SAME_ROWS]]) });
    expect(mapped.map(withoutJsonNull)).toEqual(rows.map(withoutJsonNull));
    const limit = 1 + (this.drawn.gone % 5);
    expect(await this.read({ limit: BigInt(limit) })).toEqual(rows.slice(0, limit));
  }

  private async checkPartitions(filter: { readonly request: object; readonly sql: string } | undefined): Promise<void> {
    const { model } = this.filled;
    const { parts, chunkSize } = this.drawn;
    const request = filter ? { filter: filter.request } : {};
    const wanted = parsePartitionRequest({ count: parts, ...request }, model, defaultStreamingSettings);
    const { fields = [] } = wanted;
    const source = this.reading.read(wanted);
    const bounds = await splitKeys({ source, parts, chunkSize, signal: new AbortController().signal });
    const places = bounds.map((bytes) => this.savedPlace('', decodeRow(bytes, fields)));
    const found: number[] = [];
    for (let part = 0; part <= places.length; part++) {
      const partition = { after: places[part - 1] ?? null, upTo: places[part] ?? null };
      const ids = await this.idsUnlessVague('', { ...request, partition });
      if (!ids) return;
      found.push(...ids);
    }
    expect(found).toEqual(await this.storedIds('', filter?.sql));
  }

  private async storedIds(order: string, where?: string): Promise<number[]> {
    const { model, table, columns } = this.filled;
    const by = (model.orders.get(order) ?? model.key).map(({ field, direction = 'asc' }) => {
      const sql = columns.find((column) => column.field.name === field)?.sql ?? field;
      return `${sql} ${direction}`;
    });
    const condition = where === undefined ? '' : `WHERE ${where}`;
    const rows = await this.database.rows(`SELECT id FROM ${quotedName(table)} ${condition} ORDER BY ${by.join(', ')}`);
    return rows.map(([id]) => Number(id));
  }

  /** Undefined where the place may mean several stored values, and the stream says so. */
  private async idsUnlessVague(order: string, request: StreamRequest): Promise<number[] | undefined> {
    try {
      return await this.ids(request);
    } catch (error) {
      if (error instanceof StreamError && error.code === 'stream.several_date_forms' && this.filled.isVague(order))
        return undefined;
      throw error;
    }
  }

  private async ids(request: StreamRequest): Promise<number[]> {
    return (await this.read(request)).map(idOf);
  }

  private async read(request: StreamRequest, options: ReadOptions = {}): Promise<DecodedRow[]> {
    const { model } = this.filled;
    const { chunkSize = this.drawn.chunkSize, onRow, ...asked } = options;
    const wanted = { ...parseRequest(request, model, defaultStreamingSettings), ...asked };
    const { fields = model.fields } = wanted;
    const rows: DecodedRow[] = [];
    for await (const chunk of this.reading.read(wanted)({
      chunkSize,
      signal: new AbortController().signal,
      onRetry: failRetry,
    })) {
      await chunk.ready;
      for (let index = 0; index < chunk.length; index++) {
        const writer = new ByteWriter();
        chunk.encodeRow(writer, index);
        const row = decodeRow(writer.take(), fields);
        rows.push(row);
        await onRow?.(row);
      }
      chunk.release?.();
      // Nothing can loop.
      if (rows.length > 1000) throw new Error('a row comes again and again');
    }
    return rows;
  }

  /** The place of a row in an order, on its way through a file of JSON. */
  private savedPlace(order: string, row: DecodedRow): object {
    const { model } = this.filled;
    const columns = model.orders.get(order) ?? model.key;
    const fields = columns.flatMap(({ field: name }) => model.fields.filter((field) => field.name === name));
    const types = Object.fromEntries(
      fields.map(({ name, type, optional }) => [name, { type: type as 'String', optional: optional === true }]),
    );
    const message = Object.fromEntries(
      fields.map((field) => [field.name, requestValue(field, fieldValue(row, field))]),
    );
    const range = openRange(types);
    range.cursor.last = message;
    return keyFromJson(JSON.parse(JSON.stringify(positionOf(range).after)), types);
  }
}

function failRetry(error: unknown): never {
  throw new Error('a query was asked again', { cause: error });
}

/** A hook sees what Prisma's client returns, which is null for NULL and for JSON's null. */
const withoutJsonNull = (row: DecodedRow) => new Map([...row].filter(([, value]) => value !== null));

const idOf = (row: DecodedRow) => Number(row.get('id') ?? 0);

/** Draws cases and checks each. */
export function assertCases<Case>(cases: fc.Arbitrary<Case>, check: (drawn: Case) => Promise<void>): Promise<void> {
  return fc.assert(
    fc.asyncProperty(cases, check),
    // A case that is made smaller takes minutes; the failure names the table.
    { numRuns: CASES, endOnFailure: true, ...(SEED ? { seed: Number(SEED) } : {}) },
  ) as Promise<void>;
}
