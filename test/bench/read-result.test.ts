import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { historyFile, readLatestResult, readResult, saveResult } from '../../src/bench/saved-results.js';
import { UsageError } from '../../src/errors/index.js';
import { resultJsonSchema } from '../../src/results/index.js';
import { exampleResult } from '../support/bench-result.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-result-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function written(value: unknown): Promise<string> {
  const file = join(folder, 'result.json');
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

describe('a saved result', () => {
  it('is read back as it was', async () => {
    const file = join(folder, 'result.json');
    await saveResult(file, exampleResult());
    expect(await readResult(file)).toEqual(JSON.parse(JSON.stringify(exampleResult())));
  });

  it.each([
    [
      'a newer version',
      { ...exampleResult(), schemaVersion: 99 },
      'is a result of version 99; this release reads version',
    ],
    [
      'an older version',
      { ...exampleResult(), schemaVersion: 1 },
      'is a result of version 1; this release reads version',
    ],
    ['no version', {}, 'it has no schemaVersion'],
    ['another field', { ...exampleResult(), cells: [{ chunk: 'many' }] }, 'cells.0'],
    ['no JSON', '{', 'is not a result of grpc-stream bench'],
  ])('is refused with %s, and the message says why', async (_, value, message) => {
    const reading = readResult(await written(value));
    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(message);
  });

  it('is refused when it is not there', async () => {
    await expect(readResult(join(folder, 'none.json'))).rejects.toThrow('cannot be read');
  });
});

describe('readLatestResult', () => {
  it('finds the youngest that can be read, past those of other releases', async () => {
    const older = { ...exampleResult(), startedAt: '2026-01-01T00:00:00.000Z' };
    await saveResult(historyFile(folder, older), older);
    await writeFile(historyFile(folder, { startedAt: '2026-02-01T00:00:00.000Z' }), '{"schemaVersion":99}');
    expect((await readLatestResult(folder))?.result.startedAt).toBe(older.startedAt);
  });

  it('finds none where nothing was measured', async () => {
    expect(await readLatestResult(folder)).toBeUndefined();
    await mkdir(join(folder, '.grpc-stream/bench'), { recursive: true });
    expect(await readLatestResult(folder)).toBeUndefined();
  });
});

describe('the JSON Schema', () => {
  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
  const validate = ajv.compile(resultJsonSchema());

  it('accepts what the bench saves', () => {
    validate(JSON.parse(JSON.stringify(exampleResult())));
    expect(validate.errors).toBeNull();
  });

  it.each(['schemaVersion', 'cells', 'environment', 'guidance'])('refuses a result without %s', (name) => {
    const { [name]: _, ...rest } = JSON.parse(JSON.stringify(exampleResult()));
    expect(validate(rest)).toBe(false);
  });

  it('ships in the package, as the build wrote it', async () => {
    const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    const path = manifest.exports['./bench-result.schema.json'];
    expect(path).toBe('./dist/bench-result.schema.json');
    const shipped = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
    expect(JSON.parse(shipped)).toEqual(JSON.parse(JSON.stringify(resultJsonSchema())));
  });
});
