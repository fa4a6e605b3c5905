import type { Advice } from './result.js';

/** Settings that the measurements support beyond noise; those that they do not are left out. */
export interface ClearSettings {
  readonly chunkSize?: number;
  readonly cancellationCheckInterval?: number;
}

/**
 * What of the advice a configuration can take over as it is. One server has one chunk size, so it is the largest that
 * any of its streams wants; the interval is that for batch clients, which lies between the others.
 */
export function clearSettings(guidance: readonly Advice[]): ClearSettings {
  const clear = guidance.filter(({ confidence, recommended }) => confidence === 'clear' && recommended !== null);
  const chunks = clear
    .filter(({ setting, audience }) => setting === 'chunkSize' && audience !== 'tight-memory')
    .map(({ recommended }) => recommended ?? 0);
  const interval = clear.find(({ audience }) => audience === 'batch-clients')?.recommended ?? null;
  return {
    ...(chunks.length === 0 ? {} : { chunkSize: Math.max(...chunks) }),
    ...(interval === null ? {} : { cancellationCheckInterval: interval }),
  };
}
