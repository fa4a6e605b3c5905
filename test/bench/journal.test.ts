import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJournal, latestJournal, reopenJournal, runScenarios } from '../../src/bench/index.js';
import { UsageError } from '../../src/errors/index.js';
import type { BenchResult } from '../../src/results/index.js';
import { type Script, ScriptedExecutor, settings } from './scripted-executor.js';

let folder: string;
let file: string;
const failures: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-journal-'));
  file = join(folder, 'bench', '2026-03-01T10-20-30-123Z.partial.jsonl');
  failures.length = 0;
});

afterEach(() => rm(folder, { recursive: true }));

const onFailure = (message: string) => failures.push(message);
const newJournal = () => createJournal({ file, startedAt: '2026-03-01T10:20:30.123Z', onFailure });

type AnyJournal = Awaited<ReturnType<typeof reopenJournal>> | ReturnType<typeof createJournal>;

function run(executor: ScriptedExecutor, journal: AnyJournal, signal = new AbortController().signal) {
  return runScenarios({ settings, openExecutor: async () => executor, signal, journal, now: executor.now });
}

/** A bench that is stopped as its step of that number begins. */
async function interruptedAt(step: number, journal: AnyJournal = newJournal()): Promise<ScriptedExecutor> {
  const controller = new AbortController();
  const executor = new ScriptedExecutor();
  const ran = executor.ran.push.bind(executor.ran);
  executor.ran.push = (name) => {
    if (executor.ran.length + 1 === step) controller.abort(new Error('stopped'));
    return ran(name);
  };
  await expect(run(executor, journal, controller.signal)).rejects.toThrow('stopped');
  return executor;
}

const figuresOf = ({ cells, cancellations, rounds }: BenchResult) => ({ cells, cancellations, rounds });

describe('a bench that was interrupted', () => {
  it('goes on with the steps that are missing, and comes to what an undisturbed one comes to', async () => {
    const undisturbed = await run(new ScriptedExecutor(), newJournal());
    await rm(file);
    await interruptedAt(30);
    const journal = await reopenJournal({ file, onFailure });
    const rest = new ScriptedExecutor();
    const resumed = await run(rest, journal);
    expect(figuresOf(resumed)).toEqual(figuresOf(undisturbed));
    expect(rest.ran).toHaveLength(12 * settings.rounds - 30);
    expect(resumed.measuredSeconds).toBeCloseTo(undisturbed.measuredSeconds);
    // What was read before the interruption is part of the time as well.
    expect(resumed.durationSeconds).toBeGreaterThan(rest.clockMs / 1000 + 1);
    expect(resumed.startedAt).toBe('2026-03-01T10:20:30.123Z');
    expect(failures).toEqual([]);
  });

  it('goes on twice, and after a line that was cut off', async () => {
    const undisturbed = await run(new ScriptedExecutor(), newJournal());
    await rm(file);
    await interruptedAt(20);
    await appendFile(file, '{"kind":"stream","setting":{"chu');
    await interruptedAt(7, await reopenJournal({ file, onFailure }));
    const resumed = await run(new ScriptedExecutor(), await reopenJournal({ file, onFailure }));
    expect(figuresOf(resumed)).toEqual(figuresOf(undisturbed));
  });

  it('is the latest of its folder, until its journal is removed', async () => {
    expect(await latestJournal(join(folder, 'bench'))).toBeUndefined();
    await interruptedAt(5);
    expect(await latestJournal(join(folder, 'bench'))).toBe(file);
    await (await reopenJournal({ file, onFailure })).remove();
    expect(await readdir(join(folder, 'bench'))).toEqual([]);
  });

  it('is that which no process writes any more, however young another one is', async () => {
    await interruptedAt(5);
    const alive = (await readFile(file, 'utf8')).replace(`"pid":${process.pid}`, `"pid":${process.ppid}`);
    const younger = file.replace('2026', '2027');
    await writeFile(younger, alive);
    expect(await latestJournal(join(folder, 'bench'))).toBe(file);
    await rm(file);
    expect(await latestJournal(join(folder, 'bench'))).toBe(younger);
  });

  it('belongs to the process that goes on with it, so that no other one does too', async () => {
    await interruptedAt(5);
    await writeFile(file, (await readFile(file, 'utf8')).replace(`"pid":${process.pid}`, '"pid":4194304'));
    await interruptedAt(3, await reopenJournal({ file, onFailure }));
    expect(await readFile(file, 'utf8')).toContain(
      `{"kind":"header","startedAt":"2026-03-01T10:20:30.123Z","pid":${process.pid},`,
    );
  });

  it('does not go on over another table or another machine', async () => {
    await interruptedAt(5);
    const changed = new ScriptedExecutor();
    const tables = [{ ...changed.tables[0], checksum: 1 }] as const;
    const other = Object.assign(changed, { tables });
    const journal = await reopenJournal({ file, onFailure });
    await expect(run(other, journal)).rejects.toThrow(UsageError);
    await expect(run(other, journal)).rejects.toThrow(/cannot continue: its tables are different/);
    await writeFile(file, (await readFile(file, 'utf8')).replace(process.version, 'v1.2.3'));
    const moved = run(new ScriptedExecutor(), await reopenJournal({ file, onFailure }));
    await expect(moved).rejects.toThrow(/its machine or versions are different/);
  });

  it.each([
    ['is not there', async () => {}, /cannot be read: ENOENT/],
    ['is not a journal', () => writeFile(join(folder, 'other'), '{"some":"json"}\n'), /is not what this version/],
  ])('does not go on from a file that %s', async (_, prepare, message) => {
    await prepare();
    await expect(reopenJournal({ file: join(folder, 'other'), onFailure })).rejects.toThrow(message);
  });

  it('does not go on from a line in the middle that is none', async () => {
    await interruptedAt(5);
    const [header, first, ...rest] = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [header, `${first}`.slice(0, -3), ...rest].join('\n'));
    await expect(reopenJournal({ file, onFailure })).rejects.toThrow('its line 2 is not a measurement');
  });

  it('does not go on while the process that writes it lives', async () => {
    await interruptedAt(5);
    const alive = `"pid":${process.ppid}`;
    await writeFile(file, (await readFile(file, 'utf8')).replace(`"pid":${process.pid}`, alive));
    await expect(reopenJournal({ file, onFailure })).rejects.toThrow(`process ${process.ppid} is still writing it`);
  });
});

describe('a journal that cannot be written', () => {
  it('is told of once, and the bench goes on without it', async () => {
    await writeFile(join(folder, 'bench'), 'in the way');
    const script: Script = {};
    const { cells } = await run(new ScriptedExecutor(script), newJournal());
    expect(cells).toHaveLength(8);
    expect(failures).toEqual([
      expect.stringMatching(/--resume could not continue this bench: .*jsonl cannot be written/),
    ]);
  });
});
