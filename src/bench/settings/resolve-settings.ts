import { defaultStreamingSettings } from '../../config/index.js';
import { UsageError } from '../../errors/index.js';
import type { BenchLoad, BenchSettings, LoadSweep } from '../../results/index.js';
import { isSweep } from '../scenarios/scenario.js';
import { assertHeeded } from './assert-heeded.js';
import { type BenchFlags, flagRules, type NumericFlag } from './bench-flags.js';
import { chooseScenarios, usualScenarios } from './choose-scenarios.js';
import { parseSweep, parseWhole } from './sweep-values.js';

const noLoads: LoadSweep = {
  rowBytes: null,
  clients: null,
  partitions: null,
  rttMs: null,
  windowBytes: null,
  consistency: null,
  paceRowsPerSecond: null,
  readsPerSecond: null,
};

/** What a full bench does when nothing is said: minutes on two cores. */
export const fullSettings: BenchSettings = Object.freeze<BenchSettings>({
  /** Which settings should I use, and what do I gain over reading without this package? */
  scenarios: ['throughput', 'cancel', 'memory', 'legacy', 'offset', 'plain'],
  chunks: [100, 500, 1000, 5000],
  checkIntervals: [10, 100, 1000],
  /** The size past which the rate hardly grows and the first message is late. */
  batchRows: [500],
  loads: noLoads,
  rows: 100_000,
  rowBytes: 150,
  /** Enough for a difference of a few percent to stand out from two cores' noise. */
  rounds: 10,
  precision: null,
  maxTimeSeconds: 480,
  seed: 1,
  quick: false,
});

/** `--quick`: the ends and the middle of the same sweep, over a smaller table, in well under a minute. */
export const quickSettings: BenchSettings = Object.freeze<BenchSettings>({
  ...fullSettings,
  scenarios: ['throughput', 'cancel'],
  chunks: [100, 1000, 5000],
  checkIntervals: [10, 100, 1000],
  rows: 20_000,
  rounds: 8,
  maxTimeSeconds: 45,
  quick: true,
});

/**
 * The settings that the flags ask for, over the defaults of a full or a quick bench.
 *
 * @throws UsageError that names the flag, the value and what is allowed.
 *
 * @example
 * resolveBenchSettings({ chunk: '100..800x2', quick: true }).chunks; // [100, 200, 400, 800]
 */
export function resolveBenchSettings(flags: BenchFlags): BenchSettings {
  const defaults = flags.quick ? quickSettings : fullSettings;
  const loads = loadsOf(flags);
  const precision = precisionOf(flags.precision);
  const scenarios =
    flags.scenario === undefined ? usualScenarios(defaults.scenarios, flags) : chooseScenarios(flags.scenario);
  const knobs = isSweep(scenarios) ? defaults : usualKnobs;
  const settings: BenchSettings = {
    scenarios,
    chunks: list('chunk', flags) ?? knobs.chunks,
    checkIntervals: list('checkInterval', flags) ?? knobs.checkIntervals,
    batchRows: (list('batch', flags) ?? defaults.batchRows).filter((size) => size > 0),
    loads,
    rows: whole('rows', flags) ?? defaults.rows,
    rowBytes: loads.rowBytes?.[0] ?? defaults.rowBytes,
    /** With a precision to reach, rounds are run until it is reached or time is up. */
    rounds: whole('rounds', flags) ?? (precision === null ? defaults.rounds : flagRules.rounds.max),
    precision,
    maxTimeSeconds: whole('maxTime', flags) ?? defaults.maxTimeSeconds,
    seed: whole('seed', flags) ?? defaults.seed,
    quick: flags.quick ?? false,
  };
  assertHeeded(flags, settings);
  return settings;
}

/** Of scenarios that ask something else than which chunk and which interval. */
const usualKnobs = {
  chunks: [defaultStreamingSettings.chunkSize],
  checkIntervals: [defaultStreamingSettings.cancellationCheckInterval],
};

/** Each client has a connection for each of its parts; with more of them the system, not the server, is what is measured. */
const MOST_CONNECTIONS = 1024;

function loadsOf(flags: BenchFlags): LoadSweep {
  const loads = givenLoads(flags);
  const connections = (loads.clients?.at(-1) ?? 1) * (loads.partitions?.at(-1) ?? 1);
  if (connections <= MOST_CONNECTIONS) return loads;
  throw new UsageError(
    'bench.invalid_flag',
    `--clients and --partitions together ask for ${connections} connections; ${MOST_CONNECTIONS} is the most`,
    { nextActions: ['sweep fewer of one of them'] },
  );
}

function givenLoads(flags: BenchFlags): LoadSweep {
  return {
    rowBytes: list('rowBytes', flags),
    clients: list('clients', flags),
    partitions: list('partitions', flags),
    rttMs: list('rtt', flags),
    windowBytes: list('window', flags),
    consistency: consistencyOf(flags.consistency),
    paceRowsPerSecond: list('pace', flags),
    readsPerSecond: list('rate', flags),
  };
}

function list(flag: NumericFlag, flags: BenchFlags): readonly number[] | null {
  const text = flags[flag];
  return text === undefined ? null : parseSweep(text, flagRules[flag]);
}

function whole(flag: NumericFlag, flags: BenchFlags): number | null {
  const text = flags[flag];
  return text === undefined ? null : parseWhole(text, flagRules[flag]);
}

const consistencies: readonly BenchLoad['consistency'][] = ['chunked', 'snapshot'];

function consistencyOf(text: string | undefined): LoadSweep['consistency'] {
  if (text === undefined) return null;
  const given = text.split(',').map((item) => item.trim());
  const unknown = given.find((item) => !consistencies.some((one) => one === item));
  if (unknown === undefined) return consistencies.filter((one) => given.includes(one));
  throw new UsageError(
    'bench.invalid_flag',
    `--consistency is ${JSON.stringify(unknown)}; it must be chunked, snapshot or both`,
    { nextActions: ['for example: grpc-stream bench --consistency chunked,snapshot'] },
  );
}

/** A share, `5%` or `0.05`. */
function precisionOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  const share = Number(digits) / (percent === '%' ? 100 : 1);
  if (share >= 0.001 && share <= 0.5) return share;
  throw new UsageError('bench.invalid_flag', `--precision is ${JSON.stringify(text)}; it must be from 0.1% to 50%`, {
    nextActions: ['for example: grpc-stream bench --precision 5%'],
  });
}
