import { UsageError } from '../../errors/index.js';
import type { BenchSettings, ScenarioName } from '../../results/index.js';
import { planBench } from '../plan/plan.js';
import { scenarioNamed, scenarios } from '../scenarios/index.js';
import { isRated } from '../scenarios/planned-cell.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { Axis } from '../scenarios/sweep-loads.js';
import type { BenchFlags } from './bench-flags.js';

/** What each flag sweeps. */
const axisOf = {
  rowBytes: 'rowBytes',
  clients: 'clients',
  partitions: 'partitions',
  rtt: 'rttMs',
  window: 'windowBytes',
  consistency: 'consistency',
  pace: 'paceRowsPerSecond',
  rate: 'readsPerSecond',
} as const satisfies Partial<Record<keyof BenchFlags, Axis>>;

const sweepFlags = ['rowBytes', 'clients', 'partitions', 'rtt', 'window', 'consistency', 'pace', 'rate'] as const;

/**
 * Refuses what would be taken in silence and change nothing.
 *
 * @throws UsageError that names the flag, and the scenarios that heed it.
 */
export function assertHeeded(flags: BenchFlags, settings: BenchSettings): void {
  for (const flag of sweepFlags) if (flags[flag] !== undefined) assertSwept(flag, settings);
  if (flags.batch !== undefined) assertChosen('--batch', settings, ({ inBatches }) => inBatches);
  if (settings.precision !== null) assertRated(settings);
}

function assertSwept(flag: keyof typeof axisOf, settings: BenchSettings): void {
  assertChosen(flagName(flag), settings, ({ axes }) => axes.includes(axisOf[flag]));
}

function assertChosen(flag: string, { scenarios: chosen }: BenchSettings, heeds: (one: Scenario) => boolean): void {
  if (chosen.map(scenarioNamed).some(heeds)) return;
  throw unheeded(flag, chosen, scenarios.filter(heeds));
}

/** A precision is one of rates. */
function assertRated(settings: BenchSettings): void {
  if (planBench(settings).cells.some(isRated)) return;
  const rated = ({ name }: Scenario) => planBench({ ...settings, scenarios: [name] }).cells.some(isRated);
  throw unheeded('--precision', settings.scenarios, scenarios.filter(rated));
}

function unheeded(flag: string, chosen: readonly ScenarioName[], heeding: readonly Scenario[]): UsageError {
  const names = heeding.map(({ name }) => name).join(', ');
  return new UsageError('bench.unheeded_flag', `${flag} changes nothing for ${chosen.join(', ')}`, {
    nextActions: [`leave it out, or measure what heeds it with --scenario: ${names}`],
  });
}

/** `rowBytes` → `--row-bytes` */
export function flagName(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
