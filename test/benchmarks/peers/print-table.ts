import Table from 'cli-table3';
import { median } from 'simple-statistics';
import type { Sample } from './sample.js';

/** Prints medians, compared with those of the first server. */
export function printTable(title: string, samples: ReadonlyMap<string, readonly Sample[]>): void {
  const [base = []] = samples.values();
  const table = new Table({
    head: [title, 'rows/s', '× first', 'first row ms', 'CPU µs/row', '× first', 'peak MB', 'client busy'],
    style: { head: [], border: [] },
  });
  for (const [name, list] of samples) {
    const of = (key: keyof Sample) => median(list.map((sample) => sample[key]));
    const times = (key: keyof Sample) => (of(key) / median(base.map((sample) => sample[key]))).toFixed(2);
    table.push([
      name,
      `${(of('rowsPerSecond') / 1000).toFixed(0)}k`,
      times('rowsPerSecond'),
      of('firstRowMs').toFixed(1),
      of('cpuMicrosPerRow').toFixed(2),
      times('cpuMicrosPerRow'),
      of('peakRssMb').toFixed(0),
      `${(of('clientBusy') * 100).toFixed(0)}%`,
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}
