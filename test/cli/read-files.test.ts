import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import Database from 'better-sqlite3';
import { readParquet } from 'parquet-wasm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningDatabase, storyDatabases } from '../support/databases.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject, type ServedProject, serveProject } from '../support/served-project.js';
import { type CliRun, spawnCli } from '../support/spawn-cli.js';
import { suiteFolder } from '../support/suite-folder.js';
import { waitFor } from '../support/wait-for.js';

/** A Parquet file as Apache Arrow reads it, by its implementation in Rust. */
async function readByArrow(...path: string[]) {
  return tableFromIPC(readParquet(await readFile(join(...path))).intoIPCStream());
}

const manifestOf = async (folder: string) => JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));

describe('a Parquet file', () => {
  const folder = suiteFolder();
  let project: Awaited<ReturnType<typeof generatedProject>>;
  let database: RunningDatabase;
  let server: ServedProject;
  beforeAll(async () => {
    project = await generatedProject('postgresql', {
      schema: (schema) => schema.replace(/enum BookStatus[\s\S]*/, VALUES),
    });
    const kind = storyDatabases.find(({ provider }) => provider === 'postgresql');
    if (!kind) throw new Error('no PostgreSQL');
    database = await kind.start(project.folder);
    await database.createTables(project.folder);
    await ask(ROWS);
    server = await serveProject(project.folder, database, { env: { GRPC_STREAM_REFLECTION: 'true' } });
  }, 120_000);
  afterAll(async () => {
    await server?.kill();
    await database?.stop();
    await project?.remove();
  });

  async function ask(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  it.each([
    ['a schema', 'Value', () => project.folder, DECIMALS],
    ['reflection', 'library.v1.Value', () => folder.path, TEXTS],
  ])('has every value as the database has it, with its type, by %s', async (name, model, cwd, decimals) => {
    const out = join(folder.path, name);
    const flags = ['--target', server.address, '--format', 'parquet', '--out', out];
    const { exitCode, stderr } = await spawnCli(['read', model, ...flags], { cwd: cwd() });
    expect([exitCode, stderr]).toEqual([0, `✔ 3 rows in 1 file in ${out}\n`]);
    const table = await readByArrow(out, 'part-000001.parquet');
    expect(Object.fromEntries(table.schema.fields.map((field) => [field.name, `${field.type}`]))).toEqual({
      ...TYPES,
      ...decimals,
    });
    const found = table.toArray().map((row, index) => {
      const values = row.toJSON();
      return {
        ...values,
        big: String(values.big),
        bigs: [...values.bigs].map(String),
        price: decimalText(values.price, 2),
        sum: decimalText(values.sum, 4),
        exact: decimalText(values.exact, 10),
        whole: decimalText(values.whole, 0),
        parts: [...values.parts].map((part) => decimalText(part, 3)),
        at: String(table.getChild('at')?.data[0]?.values[index]),
        bytes: Buffer.from(values.bytes).toString('hex'),
        json: values.json === null ? null : JSON.parse(values.json),
        texts: [...values.texts],
        moods: [...values.moods],
        float: Object.is(values.float, -0) ? '-0' : String(values.float),
      };
    });
    expect(found).toEqual(await ask(EXPECTED));
  });

  it('is refused where the database has a decimal that the schema says it cannot have', async () => {
    await ask('ALTER TABLE "Value" ALTER COLUMN price TYPE DECIMAL(9, 3)');
    await ask('UPDATE "Value" SET price = 1.005 WHERE id = 3');
    const out = join(folder.path, 'drifted');
    const flags = ['--target', server.address, '--format', 'parquet', '--out', out];
    const { exitCode, stderr } = await spawnCli(['read', 'Value', ...flags], { cwd: project.folder });
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringContaining("price is 1.005 in a row, which the schema's @db.Decimal(7, 2) cannot hold"),
    ]);
    expect(await readdir(out)).toEqual([]);
  });
});

const VALUES = `
enum Mood {
  CALM
  ON_EDGE
}

model Value {
  id       Int      @id
  text     String
  maybe    String?
  isGood   Boolean
  big      BigInt
  decimal  Decimal
  price    Decimal  @db.Decimal(7, 2)
  sum      Decimal? @db.Decimal(18, 4)
  exact    Decimal  @db.Decimal(38, 10)
  whole    Decimal  @db.Decimal(25, 0)
  parts    Decimal[] @db.Decimal(12, 3)
  float    Float
  at       DateTime @db.Timestamptz(6)
  bytes    Bytes
  json     Json?
  mood     Mood
  texts    String[]
  bigs     BigInt[]
  moods    Mood[]
}
`;

const ROWS = `
INSERT INTO "Value" (id, text, maybe, "isGood", big, decimal, price, sum, exact, whole, parts, float, at, bytes, json, mood, texts, bigs, moods) VALUES
  (1, '', NULL, true, 9223372036854775807, 12345678901234567890.123456789, 99999.99, NULL, 9999999999999999999999999999.9999999999,
    9999999999999999999999999, '{}', 'NaN', '2024-02-29 12:00:00.123456+00', '\\x00ff', NULL, 'CALM', '{}', '{}', '{}'),
  (2, E'"quoted",\\n😀 é', '', false, -9223372036854775808, -0.5, -99999.99, -99999999999999.9999, -9999999999999999999999999999.9999999999,
    -9999999999999999999999999, '{-0.5,999999999.999,-999999999.999,0}', '-0', '0001-01-01 00:00:00+00', '', '{"a":[1,null,"é"],"b":{"c":1.5}}', 'ON_EDGE', '{"",null_,a}', '{1,-9223372036854775808}', '{ON_EDGE,CALM}'),
  (3, repeat('x', 70000), 'y', true, 0, 0, 0.1, 0, -0.0000000001, 0, '{7}', 5e-324, '9999-12-31 23:59:59.999999+00', '\\x01', '"text"', 'CALM', '{b}', '{0}', '{CALM}')
`;

const EXPECTED = `
SELECT id, text, maybe, "isGood", big::text, trim_scale(decimal)::text AS decimal,
  trim_scale(price)::text AS price, trim_scale(sum)::text AS sum, trim_scale(exact)::text AS exact, whole::text,
  (SELECT coalesce(array_agg(trim_scale(part)::text), '{}') FROM unnest(parts) AS part) AS parts, float::text AS float,
  (extract(epoch FROM at) * 1000000)::numeric(30, 0)::text AS at, encode(bytes, 'hex') AS bytes, json, mood::text, texts,
  bigs::text[] AS bigs, moods::text[] AS moods
FROM "Value" ORDER BY id
`;

const TYPES = {
  id: 'Int32',
  text: 'Utf8',
  maybe: 'Utf8',
  isGood: 'Bool',
  big: 'Int64',
  decimal: 'Utf8',
  float: 'Float64',
  at: 'Timestamp<MICROSECOND, UTC>',
  bytes: 'Binary',
  json: 'Utf8',
  mood: 'Utf8',
  texts: 'List<Utf8>',
  bigs: 'List<Int64>',
  moods: 'List<Utf8>',
};

/** Where the schema says their digits. */
const DECIMALS = {
  price: 'Decimal[7e+2]',
  sum: 'Decimal[18e+4]',
  exact: 'Decimal[38e+10]',
  whole: 'Decimal[25e0]',
  parts: 'List<Decimal[12e+3]>',
};

/** A server says only that they are decimals. */
const TEXTS = { price: 'Utf8', sum: 'Utf8', exact: 'Utf8', whole: 'Utf8', parts: 'List<Utf8>' };

/** A decimal of Arrow, which are the 128 bits of an integer, without zeros at its end; a text is one already. */
function decimalText(value: unknown, scale: number): unknown {
  if (!(value instanceof Uint32Array)) return value;
  const [low = 0n, high = 0n] = new BigUint64Array(value.slice().buffer);
  const integer = BigInt.asIntN(128, (high << 64n) + low);
  const digits = `${integer < 0n ? -integer : integer}`.padStart(scale + 1, '0');
  const sign = integer < 0n ? '-' : '';
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '');
}

describe('files of rows', () => {
  const ROWS = 40_000;
  const folder = suiteFolder();
  let project: Awaited<ReturnType<typeof generatedProject>>;
  let server: ServedProject;
  let file: string;
  beforeAll(async () => {
    project = await generatedProject('sqlite');
    file = join(project.folder, 'dev.db');
    const env = { DATABASE_URL: `file:${file}` };
    await runNode(project.folder, [cli, 'seed', '--model', 'Book', '--rows', String(ROWS), '--quiet'], env);
    server = await serveProject(project.folder, { url: env.DATABASE_URL });
  }, 120_000);
  afterAll(async () => {
    await server?.kill();
    await project?.remove();
  });

  const flags = (out: string, ...more: string[]) => [
    ...['read', 'Book', '--target', server.address, '--out', join(folder.path, out), ...more],
  ];
  const read = (out: string, ...more: string[]): Promise<CliRun> =>
    spawnCli(flags(out, ...more), { cwd: project.folder });
  const start = (out: string, ...more: string[]) =>
    spawn(process.execPath, [cli, ...flags(out, ...more)], {
      cwd: project.folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });

  const idsInTable = () => {
    const database = new Database(file, { readonly: true });
    try {
      return database.prepare('SELECT id FROM Book ORDER BY id').pluck().all();
    } finally {
      database.close();
    }
  };

  /** The ids of the files that a manifest lists, each as long as it says; nothing else lies in the folder. */
  async function idsInParts(path: string): Promise<number[]> {
    const { files } = await manifestOf(path);
    expect((await readdir(path)).sort()).toEqual(['manifest.json', ...files.map(({ name }: { name: string }) => name)]);
    const ids: number[] = [];
    for (const { name, rows } of files) {
      const table = await readByArrow(path, name);
      expect(table.numRows).toBe(rows);
      ids.push(...(table.getChild('id')?.toArray() ?? []));
    }
    return ids;
  }

  it('are whole or absent after a kill, and a second call goes on', async () => {
    const parquet = ['--format', 'parquet', '--rows-per-file', '1000'];
    const path = join(folder.path, 'killed');
    await killWhenSome(start('killed', ...parquet), path);
    const before = await manifestOf(path);
    expect(before.done).toBe(false);
    await writeFile(join(path, '.part-000099.parquet.7.tmp'), 'half a file');
    const { exitCode, stderr } = await read('killed', ...parquet);
    expect([exitCode, stderr]).toEqual([0, `✔ 40,000 rows in 40 files in ${path}\n`]);
    expect(await idsInParts(path)).toEqual(idsInTable());
    expect((await manifestOf(path)).files.slice(0, before.files.length)).toEqual(before.files);
  });

  it('are complete once, and hold the rows of one request', async () => {
    const [first, second] = [await read('twice', '--limit', '2500'), await read('twice', '--limit', '2500')];
    expect(first).toEqual(second);
    const [part] = await readdir(join(folder.path, 'twice')).then((names) =>
      names.filter((name) => /^part/.test(name)),
    );
    const lines = (await readFile(join(folder.path, 'twice', part ?? ''), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(idsInTable().slice(0, 2500));
    const other = await read('twice', '--limit', '2501');
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('holds the rows of another request: its limit is 2500, not 2501');
  });

  it('of 16 processes, some of them killed and started again, are the table together', async () => {
    const parquet = ['--format', 'parquet', '--rows-per-file', '100'];
    const shards = Array.from({ length: 16 }, (_, index) => index + 1);
    const folderOf = (shard: number) => join(folder.path, 'shards', `shard-${String(shard).padStart(2, '0')}-of-16`);
    const open = (shard: number) => start('shards', ...parquet, '--shard', `${shard}/16`);
    const running = shards.map((shard) => ({ shard, child: open(shard) }));
    const killed = running.filter(({ shard }) => shard % 4 === 0);
    await Promise.all(killed.map(({ shard, child }) => killWhenSome(child, folderOf(shard))));
    const unfinished = await Promise.all(killed.map(({ shard }) => manifestOf(folderOf(shard))));
    expect(unfinished.some(({ done }) => !done)).toBe(true);
    const again = killed.map(({ shard }) => ({ shard, child: open(shard) }));
    const others = running.filter((each) => !killed.includes(each));
    expect(await Promise.all([...others, ...again].map(({ child }) => ended(child)))).toEqual(Array(16).fill(0));
    const ids: number[] = [];
    for (const shard of shards) ids.push(...(await idsInParts(folderOf(shard))));
    expect(ids).toEqual(idsInTable());
  }, 240_000);

  it('are refused where flags do not go together, before the server is asked', async () => {
    const run = (...more: string[]) => spawnCli(['read', 'Book', '--target', 'localhost:1', ...more]);
    const folderless = await run('--format', 'parquet');
    expect(folderless).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('needs a folder') });
    for (const more of [
      ['--order', 'isbn'],
      ['--limit', '5'],
      ['--partitions', '2'],
      ['--after', '{"id":5}'],
    ]) {
      const { exitCode, stderr } = await run('--out', 'x', '--shard', '1/2', ...more);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`${more[0]} does not go with that`)]);
    }
    const { exitCode, stderr } = await run('--out', 'x', '--shard', '3/2');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('it must be a share, such as 3/16')]);
  });
});

/** Kills a process that writes parts, once there are some. */
async function killWhenSome(child: ChildProcess, folder: string): Promise<void> {
  await waitFor('a part', () => existsSync(join(folder, 'manifest.json')), 120_000);
  child.kill('SIGKILL');
  await ended(child);
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}
