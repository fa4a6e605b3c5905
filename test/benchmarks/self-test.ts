/**
 * Whether the bench finds a server that is a tenth slower, and nothing where there is nothing: real runs of two builds in
 * turns, half of them of a build with itself, half with an injected delay.
 *
 *   npm run bench:self-test -- [runs] [--quick]         as a user would: default settings, so many runs of either kind
 *   npm run bench:self-test -- pairs COUNT FILE         back-to-back pairs of one setting, saved as a noise model for tests
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
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

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = processEntries(root);
const { signal } = new AbortController();
const build = demoTarget(root);
const slowBuild: BenchTarget = {
  ...build,
  modules: { ...build.modules, database: new URL('slow-database.mjs', import.meta.url).href },
};

/** A stream's wall time a row rises by so much for the rate to fall by a tenth. */
const SLOWER_BY = 1 / 0.9 - 1;

function open(target: BenchTarget, settings: BenchSettings) {
  return openProcessExecutor({ target, settings, signal, ...(entries ? { entries } : {}) });
}

const usual: BenchSetting = { chunk: 1000, checkInterval: 100, mode: 'batches', batchRows: 500, load: plainLoad };

/** The delay a row that makes the usual setting a tenth slower: measured, because machines differ. */
async function calibrate(settings: BenchSettings): Promise<void> {
  const executor = await open(build, settings);
  const micros: number[] = [];
  for (let run = 0; run < 8; run++) {
    const { client, server } = await executor.stream(usual);
    const rows = client.streams[0]?.rows ?? 1;
    // No longer than the server worked: the rest of the wall time is other programs', and theirs does not slow down.
    micros.push(Math.min(client.wallMs * 1000, (server?.cpuMicros ?? 0) + client.cpuMicros) / rows);
  }
  await executor.close();
  process.env.SLOW_MICROS_PER_ROW = String(median(micros) * SLOWER_BY);
  print(`a row takes ${median(micros).toFixed(2)} µs; the slow build burns ${process.env.SLOW_MICROS_PER_ROW} µs more`);
}

/** Runs of both kinds take turns, so that one that is cut short says something of each. */
async function judge(runs: number, settings: BenchSettings): Promise<void> {
  await calibrate(settings);
  const kinds = [
    { name: 'with itself', target: build, expected: false, right: 0 },
    { name: 'a tenth slower', target: slowBuild, expected: true, right: 0 },
  ];
  for (let run = 1; run <= runs; run++) {
    for (const kind of kinds) {
      const found = await isRegression(`${kind.name} ${run}`, kind.target, { ...settings, seed: run });
      if (found === kind.expected) kind.right += 1;
    }
  }
  for (const { name, right } of kinds) print(`${name}: right in ${right} of ${runs} runs`);
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

/** One build thrice, the third slowed down, right after each other in an order of chance. */
async function savePairs(count: number, file: string): Promise<void> {
  const settings = resolveBenchSettings({ rows: '10000', quick: true });
  await calibrate(settings);
  const sides = [await open(build, settings), await open(build, settings), await open(slowBuild, settings)];
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
}

function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toFixed(4)));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const [mode = '20', ...rest] = process.argv.slice(2);
if (mode === 'pairs') await savePairs(Number(rest[0]), rest[1] ?? 'pairs.json');
else await judge(Number(mode), resolveBenchSettings({ quick: rest.includes('--quick') }));
