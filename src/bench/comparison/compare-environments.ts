import { UsageError } from '../../errors/index.js';
import type { RunDifference } from '../../results/index.js';
import { describeMachine } from '../environment.js';
import type { RatedRun } from './rated-run.js';

/** The differences between two runs other than the build; empty when the two can be compared as they are. */
export function findDifferences(before: RatedRun, after: RatedRun): RunDifference[] {
  return [
    ...listed('machine', machineOf(before.environment), machineOf(after.environment)),
    ...listed('settings', settingsOf(before), settingsOf(after)),
    ...listed('software', softwareOf(before), softwareOf(after)),
  ];
}

/**
 * Refuses a baseline that cannot be compared with measurements of this machine.
 *
 * @throws UsageError that names what differs.
 */
export function assertSameMachine({ environment }: Pick<RatedRun, 'environment'>): void {
  refuseDifferent(listed('machine', machineOf(environment), machineOf(describeMachine())));
}

/** @throws UsageError when the machine or the table differs. Versions may differ: they may be what is compared. */
export function refuseDifferent(differences: readonly RunDifference[]): void {
  const grave = differences.filter(({ kind }) => kind !== 'software');
  if (grave.length === 0) return;
  const list = grave.map(({ what, before, after }) => `${what} was ${before} and is ${after}`).join('; ');
  throw new UsageError('bench.not_comparable', `the two results cannot be compared: ${list}`, {
    nextActions: [
      'measure both on one machine with the same settings',
      'or compare them anyway with --allow-different-machine',
    ],
  });
}

type Facts = Readonly<Record<string, string>>;

function machineOf({ cpu, cores, memoryMb, os }: ReturnType<typeof describeMachine>): Facts {
  const [platform = '', , architecture = ''] = os.split(' ');
  return {
    processor: cpu,
    cores: String(cores),
    memory: `${Math.round(memoryMb / 1000)} GB`,
    platform: `${platform} ${architecture}`.trim(),
  };
}

/** Sweeps may differ: only the settings that both measured are compared. */
function settingsOf({ table, environment: { database } }: RatedRun): Facts {
  return {
    table: `${table.model} (${table.address ?? table.source})`,
    rows: String(table.rows),
    'bytes in all rows': String(table.bytes),
    database: database.provider,
  };
}

function softwareOf({ environment: { node, packages, database, os } }: RatedRun): Facts {
  return { node, 'database version': database.version, 'operating system': os, ...packages };
}

function listed(kind: RunDifference['kind'], before: Facts, after: Facts): RunDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((what) => before[what] !== after[what])
    .map((what) => ({ kind, what, before: before[what] ?? 'unknown', after: after[what] ?? 'unknown' }));
}
