import { fileURLToPath } from 'node:url';
import { demoTarget, openProcessExecutor, type ProcessExecutor, processEntries } from '../../src/bench/index.js';
import type { BenchSettings } from '../../src/results/index.js';
import { settings } from './scripted-executor.js';

export const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The processes run compiled code, as they do for users. */
export const entries = builtEntries();

/** A table that is made and read in a moment. */
export const smallSettings: BenchSettings = {
  ...settings,
  rows: 3000,
  rounds: 2,
  mostRounds: 2,
  checkIntervals: [100],
};

export function openDemo(changes: Partial<BenchSettings> = {}): Promise<ProcessExecutor> {
  return openProcessExecutor({
    target: demoTarget(packageRoot),
    settings: { ...smallSettings, ...changes },
    signal: new AbortController().signal,
    entries,
  });
}

function builtEntries(): URL {
  const entries = processEntries(packageRoot);
  if (entries) return entries;
  throw new Error('run `npm run build` before these tests');
}
