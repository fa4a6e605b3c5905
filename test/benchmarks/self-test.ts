/**
 * Whether the bench finds a server that is a tenth slower, and nothing where there is nothing: real runs of two builds in
 * turns, half of them of a build with itself, half with an injected delay. Exits with 10 when more than one in twenty of either half is wrong.
 *
 *   npm run bench:self-test -- [runs] [--quick]         as a user would: default settings, so many runs of either kind
 *   npm run bench:self-test -- gates [flags of bench]   the gates of the command line: exit codes for servers that are 0, 5, 10 and 20% slower
 *   npm run bench:self-test -- pairs COUNT FILE         back-to-back pairs of one setting, saved as a noise model for tests
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { compareResults, defaultFailOn, judgeComparison } from '../../src/bench/comparison/compare-results.js';
import {
  type BenchTarget,
  demoTarget,
  openProcessExecutor,
  processEntries,
  resolveBenchSettings,
  runSideBySide,
} from '../../src/bench/index.js';
import { seededRandom, shuffled } from '../../src/bench/statistics/seeded-random.js';
import { median } from '../../src/bench/statistics/statistics.js';
import { type BenchSetting, type BenchSettings, plainLoad } from '../../src/results/index.js';
import { type SlowedBuild, slowedBuild } from './slowed-build.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = processEntries(root);
const { signal } = new AbortController();
const build = demoTarget(root);
function open(target: BenchTarget, settings: BenchSettings) {
  return openProcessExecutor({ target, settings, signal, ...(entries ? { entries } : {}) });
}

/** The share of its rate that the slower build loses. */
const SLOWER_BY = 0.1;

/** Of the runs of either kind: one of twenty may be wrong at a level of 5%. */
const RIGHT_SHARE = 0.95;

const usual: BenchSetting = { chunk: 1000, checkInterval: 100, mode: 'batches', batchRows: 500, load: plainLoad };

/** Runs of both kinds take turns, so that one that is cut short says something of each. */
async function judge(runs: number, settings: BenchSettings): Promise<void> {
  const slow = await slowedBuild(SLOWER_BY);
  const kinds = [
    { name: 'with itself', target: build, expected: false, right: 0 },
    { name: 'a tenth slower', target: demoTarget(slow.folder), expected: true, right: 0 },
  ];
  for (let run = 1; run <= runs; run++) {
    for (const kind of kinds) {
      const found = await isRegression(`${kind.name} ${run}`, kind.target, { ...settings, seed: run });
      if (found === kind.expected) kind.right += 1;
    }
  }
  await slow.remove();
  for (const { name, right } of kinds) print(`${name}: right in ${right} of ${runs} runs`);
  if (kinds.some(({ right }) => right < runs * RIGHT_SHARE)) process.exitCode = 10;
}

async function isRegression(name: string, target: BenchTarget, settings: BenchSettings): Promise<boolean> {
  const startedAt = performance.now();
  const { before, after } = await runSideBySide({
    settings,
    signal,
    openBefore: () => open(build, settings),
    openAfter: () => open(target, settings),
  });
  const comparison = compareResults({ before, after, sideBySide: true });
  const found = judgeComparison(comparison, defaultFailOn).outcome === 'regression';
  const { ratio, ratioCi, pValue, samples } = comparison.overall;
  const interval = ratioCi?.map((end) => end.toFixed(3)).join(' to ') ?? 'none';
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  print(
    `${name}: ${found ? 'regression' : 'none'}, ratio ${ratio.toFixed(3)} (${interval}), p=${pValue.toFixed(4)}, ${samples[0]} rounds, ${seconds} s`,
  );
  return found;
}

/** The exit codes of each gate for builds that are slower by more and more; those for 10 and 20% must be 10, and that for 0 must not be. */
async function checkGates(flags: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-gates-'));
  const base = await slowedBuild(0);
  const bench = (build: SlowedBuild, ...args: string[]) => exitCodeOf(folder, [build.cli, 'bench', ...args]);
  await bench(base, '--demo', '--out', 'base.json', ...flags);
  let wrong = 0;
  for (const slowerBy of [0, 0.05, 0.1, 0.2]) {
    const build = await slowedBuild(slowerBy);
    const codes = {
      '--baseline': await bench(build, '--demo', '--baseline', 'base.json', '--out', 'slow.json', ...flags),
      compare: await bench(build, 'compare', 'base.json', 'slow.json', '--fail-on', 'slower:5%'),
      '--against': await bench(build, '--demo', '--against', base.folder, ...flags),
    };
    await build.remove();
    const isRight = (code: number | null) => (slowerBy >= 0.1 ? code === 10 : slowerBy > 0 || code !== 10);
    wrong += Object.values(codes).filter((code) => !isRight(code)).length;
    print(
      `${slowerBy * 100}% slower: ${Object.entries(codes)
        .map(([gate, code]) => `${gate} ${code}`)
        .join(', ')}`,
    );
  }
  await base.remove();
  await rm(folder, { recursive: true });
  print(`${wrong} of 12 exit codes are wrong`);
  process.exitCode = wrong === 0 ? 0 : 10;
}

async function exitCodeOf(cwd: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = z.tuple([z.number().nullable(), z.unknown()]).parse(await once(child, 'exit'));
  return code;
}

/** One build thrice, the third slowed down, right after each other in an order of chance. */
async function savePairs(count: number, file: string): Promise<void> {
  const settings = resolveBenchSettings({ rows: '10000', quick: true });
  const slow = await slowedBuild(SLOWER_BY);
  const sides = [];
  for (const target of [build, build, demoTarget(slow.folder)]) sides.push(await open(target, settings));
  for (const side of sides) for (let run = 0; run < 5; run++) await side.stream(usual);
  const random = seededRandom(1);
  const same: number[] = [];
  const slower: number[] = [];
  for (let pair = 1; pair <= count; pair++) {
    const rates = new Map<(typeof sides)[number], number>();
    for (const side of shuffled(sides, random)) rates.set(side, 1 / (await side.stream(usual)).client.wallMs);
    const [one = 1, twin = 1, slow = 1] = sides.map((side) => rates.get(side));
    same.push(Math.log(twin / one));
    slower.push(Math.log(slow / one));
    if (pair % 20 !== 0 && pair !== count) continue;
    print(`${pair} same ${median(same).toFixed(3)}, slower ${median(slower).toFixed(3)}`);
    await writeFile(file, `${JSON.stringify({ same: rounded(same), slower: rounded(slower) })}\n`);
  }
  for (const side of sides) await side.close();
  await slow.remove();
}

function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toFixed(4)));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const [mode = '20', ...rest] = process.argv.slice(2);
if (mode === 'gates') await checkGates(rest);
else if (mode === 'pairs') await savePairs(Number(rest[0]), rest[1] ?? 'pairs.json');
else await judge(Number(mode), resolveBenchSettings({ quick: rest.includes('--quick') }));
