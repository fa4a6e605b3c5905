import { defaultStreamingSettings } from '../../config/index.js';
import { UsageError } from '../../errors/index.js';
import {
  type BenchChunk,
  type BenchSettings,
  inOrder,
  type LoadSweep,
  type ScenarioName,
} from '../../results/index.js';
import { scenarios } from '../scenarios/index.js';
import { isSweep } from '../scenarios/scenario.js';
import { assertUsed, type BenchFlags, flagRules, type NumericFlag } from './flags.js';
import { parseChunks, parseSweep, parseWhole } from './sweep-values.js';

const noLoads: LoadSweep = {
  rowBytes: null,
  clients: null,
  partitions: null,
  rttMs: null,
  windowBytes: null,
  consistency: null,
  compression: null,
  paceRowsPerSecond: null,
  readsPerSecond: null,
};

/** The defaults of a full bench: minutes on two cores. */
export const fullSettings: BenchSettings = Object.freeze<BenchSettings>({
  /** They answer which settings to use, and what is gained over reading without this package. */
  scenarios: ['throughput', 'cancel', 'memory', 'legacy', 'offset', 'plain'],
  chunks: [100, 500, 1000, 5000],
  checkIntervals: [10, 100, 1000],
  /** The size past which the rate hardly grows and the first message is late. */
  batchRows: [500],
  loads: noLoads,
  rows: 100_000,
  rowBytes: 150,
  /** Enough where the cores are quiet; up to three times as many where the noise asks for them and the time allows it. */
  rounds: 10,
  mostRounds: 30,
  precision: null,
  maxTimeSeconds: 480,
  seed: 1,
  quick: false,
  configured: null,
  given: {},
});

/** `--quick`: the ends and the middle of the same sweep, over a smaller table, within a minute. */
export const quickSettings: BenchSettings = Object.freeze<BenchSettings>({
  ...fullSettings,
  scenarios: ['throughput', 'cancel'],
  chunks: [100, 1000, 5000],
  checkIntervals: [10, 100, 1000],
  rows: 100_000,
  /** So few that two thirds of the time are streams that are measured: each round has new processes, which are warmed up. */
  rounds: 6,
  mostRounds: 12,
  maxTimeSeconds: 55,
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
  const chosen =
    flags.scenario === undefined ? usualScenarios(defaults.scenarios, flags) : chooseScenarios(flags.scenario);
  const swept = isSweep(chosen) ? defaults : notSwept;
  const settings: BenchSettings = {
    scenarios: chosen,
    chunks: flags.chunk === undefined ? swept.chunks : parseChunks(flags.chunk, flagRules.chunk),
    checkIntervals: list('checkInterval', flags) ?? swept.checkIntervals,
    batchRows: (list('batch', flags) ?? defaults.batchRows).filter((size) => size > 0),
    loads,
    rows: whole('rows', flags) ?? defaults.rows,
    rowBytes: loads.rowBytes?.[0] ?? defaults.rowBytes,
    /** With a precision to reach, rounds are run until it is reached or time is up. */
    rounds: whole('rounds', flags) ?? defaults.rounds,
    mostRounds: whole('rounds', flags) ?? (precision === null ? defaults.mostRounds : flagRules.rounds.max),
    precision,
    maxTimeSeconds: whole('maxTime', flags) ?? defaults.maxTimeSeconds,
    seed: whole('seed', flags) ?? defaults.seed,
    quick: flags.quick ?? false,
    configured: null,
    given: givenTexts(flags),
  };
  assertUsed(flags, settings);
  return settings;
}

function givenTexts({ quick, ...flags }: BenchFlags): Record<string, string> {
  const names = Object.keys(flagRules).concat('scenario', 'consistency', 'compression', 'precision');
  const given = Object.entries(flags).flatMap(([name, text]): [string, string][] =>
    names.includes(name) && typeof text === 'string' ? [[name, text]] : [],
  );
  return Object.fromEntries(quick ? [...given, ['quick', '']] : given);
}

/**
 * The settings with what is in force now among the values of each sweep, so that advice never speaks of what it did not measure, and
 * without chunks that are longer than the table, which all do the same.
 */
export function withConfigured(
  settings: BenchSettings,
  configured: NonNullable<BenchSettings['configured']>,
  tableRows: number,
): BenchSettings {
  const { chunks, checkIntervals, rows } = settings;
  const most = Math.min(rows, tableRows);
  const among = <Value extends BenchChunk>(values: readonly Value[], value: Value) =>
    values.length < 2 ? values : inOrder([...values, value]);
  const fitting = among(chunks, configured.chunkSize).filter((chunk) => chunk === 'auto' || chunk <= most);
  return {
    ...settings,
    configured,
    chunks: fitting.length === 0 ? inOrder(chunks).slice(0, 1) : fitting,
    checkIntervals: among(checkIntervals, configured.cancellationCheckInterval),
  };
}

const scenarioNames = scenarios.map(({ name }) => name);

/** Scenarios that a flag alone asks for, since no other one uses it. */
const ASKED_BY = { pace: 'slow-consumer', rate: 'latency' } as const satisfies Partial<
  Record<NumericFlag, ScenarioName>
>;

/** The scenarios when none is named: the usual ones, and those that a flag of their own asks for. */
function usualScenarios(usual: readonly ScenarioName[], flags: BenchFlags): readonly ScenarioName[] {
  const asked = (['pace', 'rate'] as const).filter((flag) => flags[flag] !== undefined).map((flag) => ASKED_BY[flag]);
  return scenarioNames.filter((name) => usual.includes(name) || asked.some((one) => one === name));
}

/**
 * The scenarios that a list of names and patterns asks for; `*` stands for any letters.
 *
 * @throws UsageError when one of them fits no scenario.
 *
 * @example
 * chooseScenarios('throughput,lat*'); // ['throughput', 'latency']
 */
export function chooseScenarios(text: string): readonly ScenarioName[] {
  const chosen = new Set(text.split(',').flatMap((pattern) => matching(pattern.trim())));
  return scenarioNames.filter((name) => chosen.has(name));
}

function matching(pattern: string): readonly ScenarioName[] {
  const found = scenarioNames.filter((name) => fits(name, pattern.split('*')));
  if (found.length > 0) return found;
  throw new UsageError('bench.unknown_scenario', `--scenario: ${JSON.stringify(pattern)} fits no scenario`, {
    nextActions: [`choose from ${scenarioNames.join(', ')}; lat* and * are patterns`],
  });
}

/** No pattern becomes a regular expression: the text that the user typed is compared as it is. */
function fits(name: string, [head = '', ...rest]: readonly string[]): boolean {
  const tail = rest.pop();
  if (tail === undefined) return name === head;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let middle = name.slice(head.length, name.length - tail.length);
  return rest.every((part) => {
    const at = middle.indexOf(part);
    middle = middle.slice(at + part.length);
    return at >= 0;
  });
}

/** The values of scenarios that do not ask which chunk or which interval. */
const notSwept = {
  chunks: [defaultStreamingSettings.chunkSize],
  checkIntervals: [defaultStreamingSettings.cancellationCheckInterval],
};

/** Each client has a connection for each of its parts; with more of them the system is measured, not the server. */
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
    consistency: choicesOf('consistency', flags, ['chunked', 'snapshot']),
    compression: choicesOf('compression', flags, ['none', 'gzip']),
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

/** Some of the values that a flag has, in their own order. */
function choicesOf<Choice extends string>(
  flag: 'consistency' | 'compression',
  flags: BenchFlags,
  choices: readonly [Choice, Choice],
): readonly Choice[] | null {
  const text = flags[flag];
  if (text === undefined) return null;
  const given = text.split(',').map((item) => item.trim());
  const unknown = given.find((item) => !choices.some((one) => one === item));
  if (unknown === undefined) return choices.filter((one) => given.includes(one));
  throw new UsageError(
    'bench.invalid_flag',
    `--${flag} is ${JSON.stringify(unknown)}; it must be ${choices.join(', ')} or both`,
    { nextActions: [`for example: grpc-stream bench --${flag} ${choices.join(',')}`] },
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
