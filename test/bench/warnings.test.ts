import { describe, expect, it } from 'vitest';
import { watchForeignLoad } from '../../src/bench/environment.js';
import { findWarnings, type RunFacts } from '../../src/bench/guidance/warnings.js';
import { runScenarios } from '../../src/bench/index.js';
import type { RoundConditions } from '../../src/results/index.js';
import { ScriptedExecutor, settings } from './scripted-executor.js';

async function factsOf(executor: ScriptedExecutor, changes: Partial<RunFacts> = {}): Promise<RunFacts> {
  const result = await runScenarios({
    settings,
    openExecutor: async () => executor,
    signal: new AbortController().signal,
    now: executor.now,
  });
  const quiet = { debugger: false, debugBuild: false, battery: false };
  const plannedRounds = result.rounds;
  return { ...result, ...quiet, plannedRounds, environment: on(8), ...changes };
}

/** A round on a quiet machine. */
function conditions(changes: Partial<RoundConditions> = {}): RoundConditions {
  return { round: 1, steady: true, measuredMs: 1000, foreignCores: 0, yardstickMicros: 10_000, ...changes };
}

/** A machine of so many cores. */
function on(cores: number, changes: Partial<RunFacts['environment']> = {}): RunFacts['environment'] {
  return { cores, database: { provider: 'sqlite', version: '3' }, governor: null, pinned: false, ...changes };
}

const codes = (facts: RunFacts) => findWarnings(facts).map(({ code }) => code);

describe('findWarnings', () => {
  it('has nothing to say of a good run', async () => {
    expect(codes(await factsOf(new ScriptedExecutor()))).toEqual([]);
  });

  it.each([
    ['shared-cores', { environment: on(2) }],
    ['busy-machine', { conditions: [conditions({ foreignCores: 0.5 })] }],
    ['battery', { battery: true }],
    ['battery', { environment: on(8, { governor: 'powersave' }) }],
    ['debug-build', { debugBuild: true }],
    ['unsteady', { conditions: [conditions({ steady: false })] }],
    ['debugger', { debugger: true }],
    ['few-rounds', { rounds: 4, plannedRounds: 4 }],
    ['time-limited', { plannedRounds: 99 }],
  ] as const)('names %s', async (code, changes) => {
    expect(codes(await factsOf(new ScriptedExecutor(), changes))).toEqual([code]);
  });

  it('names streams that are too short', async () => {
    expect(codes(await factsOf(new ScriptedExecutor({ wallMs: () => 49 })))).toEqual(['too-short', 'client-bound']);
  });

  it('names rates that are known to no better than a tenth', async () => {
    const wild = new ScriptedExecutor({ wallMs: (_, run) => (run % 2 ? 80 : 130) });
    expect(codes(await factsOf(wild))).toContain('noisy');
  });

  it('names samples that lie far from the others of their setting, and the farthest of them', async () => {
    const odd = new ScriptedExecutor({
      wallMs: ({ chunk, mode }, run) => (run === 3 && chunk === 100 && mode === 'rows' ? 200 : 98 + run),
    });
    const warning = findWarnings(await factsOf(odd)).find(({ code }) => code === 'outliers');
    expect(warning).toMatchObject({
      message:
        '2 of 48 samples lie far from the others of the same setting; the farthest is 50,000 rows/s, where 97,563 are usual (round 3, chunk 100, check every 10, a row a message)',
    });
  });

  it('asks for a longer table where all of it was read', async () => {
    const short = new ScriptedExecutor({ wallMs: () => 40 });
    const hints = findWarnings(await factsOf(short, { settings: { ...settings, rows: 50_000 } }));
    expect(hints[0]?.hint).toBe('the table has 10000 rows; bench a longer one');
  });

  it('does not take a server elsewhere to share the cores', async () => {
    const table = { source: 'server', rows: 10_000 } as const;
    expect(codes(await factsOf(new ScriptedExecutor(), { environment: on(2), table }))).toEqual([]);
  });

  it('says nothing of a few rounds that began before the server was warm', async () => {
    const rounds = [conditions({ steady: false }), conditions(), conditions()];
    expect(codes(await factsOf(new ScriptedExecutor(), { conditions: rounds }))).toEqual([]);
  });

  it('names a client that was the limit', async () => {
    const bound = new ScriptedExecutor({ clientBusyMs: 96 });
    expect(codes(await factsOf(bound))).toEqual(['client-bound']);
  });

  it('names a first round that had to fetch what the others found in memory', async () => {
    const cold = new ScriptedExecutor({ wallMs: (_, run) => (run === 1 ? 130 : 100) });
    expect(codes(await factsOf(cold))).toEqual(['cold-cache']);
  });

  it('takes a moment too short to count in for no neighbour', async () => {
    const foreignCores = await watchForeignLoad({ cpuMicros: async () => 0 });
    expect(await foreignCores()).toBeNull();
  });

  it('does not take a database’s own processes for a neighbour', async () => {
    const environment = on(8, { database: { provider: 'postgresql', version: '18' } });
    expect(
      codes(await factsOf(new ScriptedExecutor(), { conditions: [conditions({ foreignCores: 2 })], environment })),
    ).toEqual([]);
  });

  it('names rates that are less precise than was asked for, and not the rounds that it took', async () => {
    const wild = new ScriptedExecutor({ wallMs: (_, run) => (run % 2 ? 95 : 105) });
    const facts = await factsOf(wild, { settings: { ...settings, rounds: 1000, mostRounds: 1000, precision: 0.01 } });
    expect(codes(facts)).toEqual(['imprecise']);
  });

  it('gives every warning a hint', async () => {
    const facts = await factsOf(new ScriptedExecutor({ wallMs: () => 9 }), {
      environment: on(1),
      debugger: true,
    });
    for (const { message, hint } of findWarnings(facts)) {
      expect(message).not.toBe('');
      expect(hint).not.toBe('');
    }
  });
});
