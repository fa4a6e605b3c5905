import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import { expect, it } from 'vitest';
import { parquetFile } from '../../src/cli/read/files/parquet-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const field = { list: false, optional: false } as const;
const FIELDS = [
  { ...field, name: 'id', apiName: 'id', property: 'id', type: 'Int' },
  { ...field, name: 'text', apiName: 'text', property: 'text', type: 'String' },
] as const;

/** Writes rows, and returns the rows after which the file has grown. */
async function growth(path: string, rows: Iterable<{ id: number; text: string }>): Promise<number[]> {
  const file = parquetFile(path, FIELDS);
  const grown: number[] = [];
  let size = 0;
  let count = 0;
  for (const row of rows) {
    await file.add(row);
    count++;
    const now = statSync(path).size;
    if (now > size) grown.push(count);
    size = now;
  }
  await file.end();
  return grown;
}

function* rowsOf(count: number, text: (id: number) => string) {
  for (let id = 1; id <= count; id++) yield { id, text: text(id) };
}

it('is written a row group at a time: neither many rows nor large ones pile up in memory', async () => {
  const folder = await temporaryFolder();
  const many = await growth(
    join(folder, 'many.parquet'),
    rowsOf(50_000, (id) => `row ${id}`),
  );
  expect(many).toEqual([20_000, 40_000]);
  const large = await growth(
    join(folder, 'large.parquet'),
    rowsOf(100, (id) => String(id).repeat(400_000)),
  );
  expect(large.length).toBeGreaterThan(1);
  const table = tableFromIPC(readParquet(await readFile(join(folder, 'many.parquet'))).intoIPCStream());
  expect([...(table.getChild('id')?.toArray() ?? [])]).toEqual([...rowsOf(50_000, String)].map(({ id }) => id));
});
