import type { BenchLoad, BenchSetting, BenchSettings } from '../../results/index.js';
import { type Scenario, streamCell } from './scenario.js';
import { sweepLoads } from './sweep-loads.js';

/** Every combination of the sweep: the row stream, and each size of batch, at each chunk, interval and load. */
export const throughput: Scenario = {
  name: 'throughput',
  question: 'Which settings bring the most rows a second, and what do they cost?',
  fromOutside: true,
  axes: ['rowBytes', 'clients', 'partitions', 'rttMs', 'windowBytes', 'consistency'],
  inBatches: true,
  plan: (settings) =>
    sweepLoads(settings.loads, throughput)
      .flatMap((load) => sweptSettings(settings, load))
      .map((setting) => streamCell(settings, setting, { memory: true })),
};

/** A load at every chunk, interval and size of batch; the row stream comes first. */
export function sweptSettings({ chunks, checkIntervals, batchRows }: BenchSettings, load: BenchLoad): BenchSetting[] {
  return [null, ...batchRows].flatMap((batch) =>
    chunks.flatMap((chunk) =>
      checkIntervals.map((checkInterval): BenchSetting => {
        return { chunk, checkInterval, batchRows: batch, mode: batch === null ? 'rows' : 'batches', load };
      }),
    ),
  );
}
