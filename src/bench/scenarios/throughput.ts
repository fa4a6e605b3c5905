import { type BenchLoad, type BenchSetting, type BenchSettings, plainLoad } from '../../model/index.js';
import { type Scenario, streamCell } from './scenario.js';

/** Every combination of the sweep: the row stream, and each size of batch, at each chunk, interval and load. */
export const throughput: Scenario = {
  name: 'throughput',
  question: 'Which settings bring the most rows a second, and what do they cost?',
  fromOutside: true,
  plan: (settings) => sweptSettings(settings).map((setting) => streamCell(settings, setting, { memory: true })),
};

/** The product of all that is swept; a list of one value where nothing was asked for. */
export function sweptSettings(settings: BenchSettings): BenchSetting[] {
  const { chunks, checkIntervals, batchRows } = settings;
  return sweptLoads(settings).flatMap((load) =>
    [null, ...batchRows].flatMap((batch) =>
      chunks.flatMap((chunk) =>
        checkIntervals.map((checkInterval): BenchSetting => {
          return { chunk, checkInterval, batchRows: batch, mode: batch === null ? 'rows' : 'batches', load };
        }),
      ),
    ),
  );
}

function sweptLoads({ loads }: BenchSettings): BenchLoad[] {
  return combine(
    [plainLoad],
    [
      (loads.rowBytes ?? []).map((rowBytes) => ({ rowBytes })),
      (loads.clients ?? []).map((clients) => ({ clients })),
      (loads.rttMs ?? []).map((rttMs) => ({ rttMs })),
      (loads.windowBytes ?? []).map((windowBytes) => ({ windowBytes })),
      (loads.consistency ?? []).map((consistency) => ({ consistency })),
    ],
  );
}

/** Every way to take one change of each list; a list without any changes nothing. */
function combine(from: readonly BenchLoad[], lists: readonly (readonly Partial<BenchLoad>[])[]): BenchLoad[] {
  return lists.reduce<BenchLoad[]>(
    (all, changes) =>
      changes.length === 0 ? all : all.flatMap((load) => changes.map((change) => ({ ...load, ...change }))),
    [...from],
  );
}
