import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { historyFile, runScenarios, saveResult } from '../../src/bench/index.js';
import { EnvironmentError } from '../../src/errors/index.js';
import { ScriptedExecutor, settings } from './scripted-executor.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'save-result-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function someResult() {
  const executor = new ScriptedExecutor();
  return runScenarios({ settings, openExecutor: async () => executor, signal: new AbortController().signal });
}

describe('saveResult', () => {
  it('writes a result that reads back the same, and nothing beside it', async () => {
    const result = await someResult();
    const file = historyFile(folder, result);
    await saveResult(file, result);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(result);
    expect(await readdir(dirname(file))).toHaveLength(1);
  });

  it('names the file after the time, without a character that a file system refuses', () => {
    const file = historyFile('/project', { startedAt: '2026-03-01T10:20:30.123Z' });
    expect(file).toBe(join('/project', '.grpc-stream', 'bench', '2026-03-01T10-20-30-123Z.json'));
  });

  it('says where it cannot write, and leaves nothing half written', async () => {
    await writeFile(join(folder, 'taken'), '');
    const saved = saveResult(join(folder, 'taken', 'result.json'), await someResult());
    await expect(saved).rejects.toThrow(EnvironmentError);
    await expect(saved).rejects.toThrow(/result\.json cannot be written/);
    await mkdir(join(folder, 'result.json'));
    await expect(saveResult(join(folder, 'result.json'), await someResult())).rejects.toThrow(EnvironmentError);
    expect((await readdir(folder)).sort()).toEqual(['result.json', 'taken']);
  });
});
