import type { RunDifference } from '../../model/index.js';
import type { RatedRun } from './rated-run.js';

/** What besides the build differs between two runs; empty when the two can be compared without a second thought. */
export function findDifferences(before: RatedRun, after: RatedRun): RunDifference[] {
  return [
    ...listed('machine', machineOf(before), machineOf(after)),
    ...listed('settings', settingsOf(before), settingsOf(after)),
    ...listed('software', softwareOf(before), softwareOf(after)),
  ];
}

type Facts = Readonly<Record<string, string>>;

function machineOf({ environment: { cpu, cores, memoryMb, os } }: RatedRun): Facts {
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
    table: `${table.model} (${table.source})`,
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
