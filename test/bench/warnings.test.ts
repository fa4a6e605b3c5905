import { describe, expect, it } from 'vitest';
import { runBench } from '../../src/bench/index.js';
import { findWarnings, type RunFacts } from '../../src/bench/warnings.js';
import { ScriptedExecutor, settings } from './scripted-executor.js';

async function factsOf(executor: ScriptedExecutor, changes: Partial<RunFacts> = {}): Promise<RunFacts> {
  const { cells, cancellations, rounds } = await runBench({
    settings,
    openExecutor: async () => executor,
    signal: new AbortController().signal,
    now: executor.now,
  });
  return { settings, rounds, cells, cancellations, cores: 8, loadBefore: 0, debugger: false, ...changes };
}

const codes = (facts: RunFacts) => findWarnings(facts).map(({ code }) => code);

describe('findWarnings', () => {
  it('has nothing to say of a good run', async () => {
    expect(codes(await factsOf(new ScriptedExecutor()))).toEqual([]);
  });

  it.each([
    ['busy-machine', { loadBefore: 4.1 }],
    ['shared-cores', { cores: 2 }],
    ['debugger', { debugger: true }],
    ['few-rounds', { rounds: 4, settings: { ...settings, rounds: 4 } }],
    ['time-limited', { settings: { ...settings, rounds: 99 } }],
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

  it('names a client that used a whole core', async () => {
    const bound = new ScriptedExecutor({ client: () => ({ cpuMicros: 91_000 }) });
    expect(codes(await factsOf(bound))).toEqual(['client-bound']);
  });

  it('gives every warning a hint', async () => {
    const facts = await factsOf(new ScriptedExecutor({ wallMs: () => 9 }), { loadBefore: 9, cores: 1, debugger: true });
    for (const { message, hint } of findWarnings(facts)) {
      expect(message).not.toBe('');
      expect(hint).not.toBe('');
    }
  });
});
