import { flagName, streamingSettings } from '../../config/index.js';
import { UsageError } from '../../errors/index.js';
import type { BenchSettings, ScenarioName } from '../../results/index.js';
import { planBench } from '../plan.js';
import { scenarioNamed, scenarios } from '../scenarios/index.js';
import { isRated } from '../scenarios/planned-cell.js';
import type { Axis, Scenario } from '../scenarios/scenario.js';
import type { SweepRule } from './sweep-values.js';

/** The bench's flags from the command line: text, or undefined. */
export interface BenchFlags {
  readonly scenario?: string | undefined;
  readonly chunk?: string | undefined;
  readonly checkInterval?: string | undefined;
  readonly batch?: string | undefined;
  readonly rows?: string | undefined;
  readonly rowBytes?: string | undefined;
  readonly clients?: string | undefined;
  readonly partitions?: string | undefined;
  readonly rtt?: string | undefined;
  readonly window?: string | undefined;
  readonly consistency?: string | undefined;
  readonly compression?: string | undefined;
  readonly pace?: string | undefined;
  readonly rate?: string | undefined;
  readonly rounds?: string | undefined;
  readonly precision?: string | undefined;
  readonly maxTime?: string | undefined;
  readonly seed?: string | undefined;
  readonly quick?: boolean | undefined;
}

/** The bounds of each number. Those of the first two are the bounds of the settings that they sweep. */
export const flagRules = {
  chunk: { ...streamingSettings.chunkSize, flag: '--chunk', example: '--chunk 100..10000x2 or --chunk 500,1000,auto' },
  checkInterval: {
    ...streamingSettings.cancellationCheckInterval,
    flag: '--check-interval',
    example: '--check-interval 10,100,1000',
  },
  batch: {
    flag: '--batch',
    min: 0,
    max: streamingSettings.batchRows.max,
    example: '--batch 100,500 (or --batch 0 for row streams only)',
  },
  rows: { flag: '--rows', min: 1, max: 100_000_000, example: '--rows 100000' },
  /** The demo's other columns take some 100 bytes; a row must fit a message. */
  rowBytes: { flag: '--row-bytes', min: 100, max: 1_000_000, example: '--row-bytes 150,2000,20000' },
  clients: { flag: '--clients', min: 1, max: 256, example: '--clients 1,4,16' },
  partitions: { flag: '--partitions', min: 1, max: 64, example: '--partitions 1,2,4' },
  rtt: { flag: '--rtt', min: 0, max: 2000, example: '--rtt 0,20' },
  /** HTTP/2 allows from 64 KiB less one byte to 2 GiB less one. */
  window: { flag: '--window', min: 65_535, max: 2 ** 31 - 1, bytes: true, example: '--window 64k,1m,4m' },
  pace: { flag: '--pace', min: 1, max: 10_000_000, example: '--pace 1000,10000' },
  rate: { flag: '--rate', min: 1, max: 10_000, example: '--rate 20,100' },
  rounds: { flag: '--rounds', min: 1, max: 1000, example: '--rounds 10' },
  maxTime: { flag: '--max-time', min: 1, max: 86_400, example: '--max-time 120' },
  seed: { flag: '--seed', min: 0, max: 4_294_967_295, example: '--seed 1' },
} as const satisfies Readonly<Record<string, SweepRule>>;

export type NumericFlag = keyof typeof flagRules;

/** The setting that each flag sweeps. */
const axisOf = {
  rowBytes: 'rowBytes',
  clients: 'clients',
  partitions: 'partitions',
  rtt: 'rttMs',
  window: 'windowBytes',
  consistency: 'consistency',
  compression: 'compression',
  pace: 'paceRowsPerSecond',
  rate: 'readsPerSecond',
} as const satisfies Partial<Record<keyof BenchFlags, Axis>>;

const sweepFlags = Object.keys(axisOf) as readonly (keyof typeof axisOf)[];

/**
 * Refuses a flag that has no effect.
 *
 * @throws UsageError that names the flag, and the scenarios that use it.
 */
export function assertUsed(flags: BenchFlags, settings: BenchSettings): void {
  for (const flag of sweepFlags) if (flags[flag] !== undefined) assertSwept(flag, settings);
  if (flags.batch !== undefined) assertChosen('--batch', settings, ({ inBatches }) => inBatches);
  if (settings.precision !== null) assertRated(settings);
}

function assertSwept(flag: keyof typeof axisOf, settings: BenchSettings): void {
  assertChosen(flagName(flag), settings, ({ axes }) => axes.includes(axisOf[flag]));
}

function assertChosen(flag: string, { scenarios: chosen }: BenchSettings, uses: (one: Scenario) => boolean): void {
  if (chosen.map(scenarioNamed).some(uses)) return;
  throw unused(flag, chosen, scenarios.filter(uses));
}

/** A precision applies to rates. */
function assertRated(settings: BenchSettings): void {
  if (planBench(settings).cells.some(isRated)) return;
  const rated = ({ name }: Scenario) => planBench({ ...settings, scenarios: [name] }).cells.some(isRated);
  throw unused('--precision', settings.scenarios, scenarios.filter(rated));
}

function unused(flag: string, chosen: readonly ScenarioName[], using: readonly Scenario[]): UsageError {
  const names = using.map(({ name }) => name).join(', ');
  return new UsageError('bench.unheeded_flag', `${flag} changes nothing for ${chosen.join(', ')}`, {
    nextActions: [`leave it out, or measure a scenario that uses it, with --scenario: ${names}`],
  });
}
