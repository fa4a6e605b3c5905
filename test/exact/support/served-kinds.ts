import fc from 'fast-check';
import { expect } from 'vitest';
import { dateToTimestamp, screamingSnakeCase, snakeCase } from '../../../src/model/index.js';
import type { ModelField, SqlReaderFactory, StreamedModel, StreamService } from '../../../src/runtime/index.js';
import { type LoopbackServer, startLoopbackServer } from '../../../src/testing/index.js';
import { type GeneratedCode, generateCode } from '../../support/generated-code.js';
import type { ColumnKind } from './column-kinds.js';
import { STATUS, storedStatus } from './kinds-postgres.js';
import { NO_CLIENT } from './oracle.js';
import { type RandomFilter, randomFilter, sayFilter } from './random-filter.js';
import { type FilledColumn, quotedName } from './random-table.js';
import type { StoredDatabase } from './stored-databases.js';
import { canonicalValue, storedValues } from './stored-values.js';

/** A model with a column of every kind, required and optional, generated and served over a real server. */
export interface ServedKinds {
  /** Fills the table, and reads it in ways drawn at random. */
  check(drawn: ServedCase): Promise<void>;
  close(): Promise<void>;
}

export interface ServedCase {
  /** Places in the pools of the columns; a row has as many as it needs, again from the first. */
  readonly rows: readonly (readonly number[])[];
  readonly order: number;
  readonly filter: RandomFilter;
  readonly messages: 'rows' | 'batches';
  readonly chunkSize: number;
  readonly partitions: number;
  readonly mask: readonly number[];
}

export const servedCase: fc.Arbitrary<ServedCase> = fc.record({
  rows: fc.array(fc.array(fc.nat({ max: 59 }), { minLength: 7, maxLength: 7 }), { minLength: 1, maxLength: 25 }),
  order: fc.nat({ max: 499 }),
  filter: randomFilter,
  messages: fc.constantFrom('rows' as const, 'batches' as const),
  chunkSize: fc.integer({ min: 1, max: 12 }),
  partitions: fc.integer({ min: 2, max: 4 }),
  mask: fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 4 }),
});

type Row = Readonly<Record<string, unknown>>;

interface Stream extends AsyncIterable<Row> {
  position(): object;
}

interface Clients {
  readonly wide: { stream(request: object, options?: object): Stream };
  close(): void;
}

/** @param lists Whether the database has lists. */
export async function serveKinds(
  database: StoredDatabase,
  adapter: SqlReaderFactory,
  kinds: readonly ColumnKind[],
  lists: boolean,
): Promise<ServedKinds> {
  const columns = kinds.flatMap((kind, index) => columnsOf(kind, index, lists));
  const code = await generateCode(schemaOf(database.provider, columns), 'exact');
  const createServices = await code.load<(options: object) => StreamService[]>('services.ts', 'createServices');
  const createClients = await code.load<(address: string) => Clients>('client.ts', 'createClients');
  const model = await code.load<StreamedModel>('wide.stream.ts', 'wideModel');
  const server = await startLoopbackServer(createServices({ prisma: NO_CLIENT, adapter }));
  await database.run(
    `CREATE TABLE ${quotedName(TABLE)} (id INT NOT NULL PRIMARY KEY, ${columns.flatMap(declared).join(', ')})`,
  );
  return new Served(database, { code, server, model, columns, clients: createClients(server.address) });
}

const TABLE = 'Wide';

/** A pool of values is the same in each run. */
const POOL = { numRuns: 12, seed: 1 };

function columnsOf(kind: ColumnKind, index: number, lists: boolean): FilledColumn[] {
  const pool = fc.sample(kind.samples, POOL);
  const column = (prefix: string, shape: { readonly list: boolean; readonly optional: boolean }): FilledColumn => {
    const name = `${prefix}${index}`;
    return { kind, pool, sql: quotedName(name), ...shape, field: { name, number: 0, ...kind.field, ...shape } };
  };
  return [
    column('k', { list: false, optional: false }),
    column('maybe', { list: false, optional: true }),
    ...(lists ? [column('list', { list: true, optional: false })] : []),
  ];
}

function declared({ kind, sql, list, optional }: FilledColumn): string[] {
  const column = `${sql} ${kind.ddl}${list ? '[]' : ''} ${kind.collate ?? ''} ${optional ? 'NULL' : 'NOT NULL'}`;
  return kind.meaning ? [column, `${sql.slice(0, -1)} means" TEXT`] : [column];
}

function schemaOf(provider: string, columns: readonly FilledColumn[]): string {
  const fields = columns.map(({ field, kind, list, optional }) => {
    const type = kind.field.type === 'enum' ? 'Status' : kind.field.type;
    const native = kind.field.native ? `@db.${kind.field.native}${argumentsOf(kind)}` : '';
    return `  ${field.name} ${type}${list ? '[]' : optional ? '?' : ''} ${native}`;
  });
  const ordered = columns.filter(({ kind, list }) => kind.use === 'key' && !list).map(({ field }) => field.name);
  const indexes = ordered.flatMap((name, index) => [
    `  @@index([${name}])`,
    `  @@index([${ordered[(index + 3) % ordered.length]}, ${name}(sort: Desc)])`,
  ]);
  const values = Object.keys(STATUS.values).map((name) => {
    const stored = storedStatus(name);
    return stored === name ? name : `${name} @map(${JSON.stringify(stored)})`;
  });
  return [
    `datasource db {\n  provider = "${provider}"\n}`,
    `enum Status {\n  ${values.join('\n  ')}\n}`,
    `model ${TABLE} {\n  id Int @id\n${fields.join('\n')}\n${indexes.join('\n')}\n}`,
  ].join('\n');
}

/** Such as `(6)`, where the type is told how much it holds. */
function argumentsOf({ ddl, field: { native = '' } }: ColumnKind): string {
  return native.includes('(') || /^(Oid|Real|Boolean)$/.test(native) ? '' : (/\([\d,]+\)/.exec(ddl)?.[0] ?? '');
}

interface ServedParts {
  readonly code: GeneratedCode;
  readonly server: LoopbackServer;
  readonly model: StreamedModel;
  readonly columns: readonly FilledColumn[];
  readonly clients: Clients;
}

class Served implements ServedKinds {
  private readonly database: StoredDatabase;
  private readonly parts: ServedParts;

  constructor(database: StoredDatabase, parts: ServedParts) {
    this.database = database;
    this.parts = parts;
  }

  async check(drawn: ServedCase): Promise<void> {
    const { model, columns } = this.parts;
    await this.fill(drawn.rows);
    const order = [...model.orders.keys()][drawn.order % model.orders.size] ?? '';
    const filter = sayFilter(drawn.filter, columns, this.database.provider);
    const { messages, chunkSize, partitions } = drawn;
    const ids = await this.storedIds(order);
    const rows = await this.read({ order, chunkSize }, { messages });
    expect(rows.map(idOf)).toEqual(ids);
    await this.checkValues(rows);
    await this.checkPositions(order, drawn, ids);
    if (filter) {
      const request = { order, chunkSize, filter: asMessage(filter.request, columns) };
      expect((await this.read(request, { messages })).map(idOf)).toEqual(await this.storedIds(order, filter.sql));
    }
    expect((await this.read({}, { partitions, ordered: true })).map(idOf)).toEqual(await this.storedIds(''));
    await this.checkMask(drawn);
  }

  private async checkValues(rows: readonly Row[]): Promise<void> {
    const { columns } = this.parts;
    const stored = await storedValues(this.database, TABLE, columns);
    // ts-proto's types have null for JSON's null and for no value at all.
    const plain = (values: readonly unknown[]) => values.map((value) => (value === 'null' ? null : value));
    for (const row of rows) {
      const values = columns.map(({ field }) => canonicalValue(field, received(field, row[field.name])));
      expect(named(columns, plain(values))).toEqual(named(columns, plain(stored.get(idOf(row)) ?? [])));
    }
  }

  /** Breaks off behind some rows, and goes on by the position, out of JSON. */
  private async checkPositions(
    order: string,
    { messages, chunkSize, rows: { length } }: ServedCase,
    ids: readonly number[],
  ): Promise<void> {
    for (let cut = 1; cut < length; cut += 1 + Math.floor(length / 4)) {
      const { clients } = this.parts;
      const first = clients.wide.stream({ order, chunkSize }, { messages });
      const found: number[] = [];
      for await (const row of first) {
        found.push(idOf(row));
        if (found.length === cut) break;
      }
      const position = JSON.parse(JSON.stringify(first.position()));
      for await (const row of clients.wide.stream({ order, chunkSize }, { messages, position })) found.push(idOf(row));
      expect({ order, position, found }).toEqual({ order, position, found: ids });
    }
  }

  private async checkMask({ mask, messages }: ServedCase): Promise<void> {
    const { columns } = this.parts;
    const masked = mask.flatMap((place) => columns[place % columns.length]?.field.name ?? []);
    const whole = await this.read({}, { messages });
    const rows = await this.read({ readMask: masked.map(snakeCase) }, { messages });
    const only = (row: Row) => Object.fromEntries(['id', ...masked].map((name) => [name, row[name]]));
    expect(rows.map(only)).toEqual(whole.map(only));
    for (const { field, list, optional } of columns) {
      if (masked.includes(field.name) || !(list || optional)) continue;
      for (const row of rows) expect(row[field.name]).toEqual(list ? [] : null);
    }
  }

  private async read(request: object, options: object): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.parts.clients.wide.stream(request, options)) rows.push(row);
    return rows;
  }

  private async fill(rows: readonly (readonly number[])[]): Promise<void> {
    await this.database.run(`DELETE FROM ${quotedName(TABLE)}`);
    if (rows.length === 0) return;
    const values = rows.map((places, index) => {
      const id = ((index * 7919) % 1009) - 300;
      const columns = this.parts.columns.flatMap((column, at) =>
        stored(column, (places[at % places.length] ?? 0) + at),
      );
      return `(${[id, ...columns].join(', ')})`;
    });
    await this.database.run(`INSERT INTO ${quotedName(TABLE)} VALUES ${values.join(', ')}`);
  }

  private async storedIds(order: string, where?: string): Promise<number[]> {
    const { model } = this.parts;
    const by = (model.orders.get(order) ?? model.key).map(
      ({ field, direction = 'asc' }) => `${quotedName(field)} ${direction}`,
    );
    const condition = where === undefined ? '' : `WHERE ${where}`;
    const rows = await this.database.rows(`SELECT id FROM ${quotedName(TABLE)} ${condition} ORDER BY ${by.join(', ')}`);
    return rows.map(([id]) => Number(id));
  }

  async close(): Promise<void> {
    this.parts.clients.close();
    await this.parts.server.close();
    await this.parts.code.remove();
  }
}

function stored({ kind, list, optional, pool }: FilledColumn, place: number): string[] {
  const sample = pool[place % pool.length];
  if (!sample || (optional && place % 5 === 0)) return kind.meaning ? ['NULL', 'NULL'] : ['NULL'];
  if (list)
    return [
      `ARRAY[${pool
        .slice(0, place % 4)
        .map(({ sql }) => sql)
        .join(', ')}]::${kind.ddl}[]`,
    ];
  return [sample.sql, ...(kind.meaning ? [`'${kind.meaning(sample.value)}'`] : [])];
}

const idOf = (row: Row) => Number(row.id);
const named = (columns: readonly FilledColumn[], values: readonly unknown[]) =>
  columns.map(({ field, kind }, index) => [`${field.name} ${kind.name}`, values[index]]);

/** The proto's name of an enum's value. */
const statusName = (name: unknown) => `STATUS_${screamingSnakeCase(String(name))}`;

/** A filter in the types of ts-proto, which have names of their own for an enum's values. */
function asMessage(request: unknown, columns: readonly FilledColumn[], isEnum = false): unknown {
  if (Array.isArray(request)) return request.map((part) => asMessage(part, columns, isEnum));
  if (isEnum && typeof request === 'string') return statusName(request);
  if (!(request instanceof Object) || request instanceof Date || request instanceof Uint8Array) return request;
  const entries = Object.entries(request).map(([name, part]) => {
    const field = columns.find((column) => column.field.name === name)?.field;
    return [name, asMessage(part, columns, isEnum || field?.type === 'enum')];
  });
  return Object.fromEntries(entries);
}

/** A value of ts-proto's, as the decoder of this test has it. */
function received({ type, optional }: ModelField, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => received({ type } as ModelField, item));
  if (value === null && optional) return undefined;
  if (value instanceof Date) return dateToTimestamp(value);
  return type === 'enum' ? Object.keys(STATUS.values).find((name) => statusName(name) === value) : value;
}
