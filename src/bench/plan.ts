import type { BenchSetting, BenchSettings } from '../model/index.js';
import { type Random, randomInteger, shuffled } from './random.js';

/** One thing that a round does: read a stream to its end, or leave it part way. */
export type Step =
  | { readonly kind: 'stream'; readonly setting: BenchSetting }
  | { readonly kind: 'cancel'; readonly setting: BenchSetting; readonly afterRows: number };

/** Every combination that is measured: the row stream, and each size of batch, at each chunk and interval. */
export function planSettings({ chunks, checkIntervals, batchRows }: BenchSettings): BenchSetting[] {
  return [null, ...batchRows].flatMap((batchRows) =>
    chunks.flatMap((chunk) =>
      checkIntervals.map((checkInterval): BenchSetting => {
        return { chunk, checkInterval, batchRows, mode: batchRows === null ? 'rows' : 'batches' };
      }),
    ),
  );
}

/**
 * The steps of one round, in an order of chance: whatever drifts (heat, caches, neighbours) then falls on all
 * settings alike, instead of on those that come late.
 */
export function planRound(settings: readonly BenchSetting[], rows: number, random: Random): Step[] {
  const streams = settings.map((setting): Step => ({ kind: 'stream', setting }));
  const cancels = settings
    .filter((setting) => setting.mode === 'rows')
    .map((setting): Step => ({ kind: 'cancel', setting, afterRows: cancelPoint(rows, random) }));
  return shuffled([...streams, ...cancels], random);
}

/** Early enough that most of the table is still unread when the client leaves. */
const LATEST_CANCEL_SHARE = 0.25;

function cancelPoint(rows: number, random: Random): number {
  return randomInteger(random, 1, Math.max(1, Math.floor(rows * LATEST_CANCEL_SHARE)));
}

/** Settings whose memory is measured: how often a stream looks at cancellation does not change what it holds. */
export function planMemory(settings: readonly BenchSetting[]): BenchSetting[] {
  const byMemory = new Map(settings.map((setting) => [memoryKey(setting), setting]));
  return [...byMemory.values()];
}

/** Equal for settings that hold the same memory. */
export function memoryKey({ chunk, batchRows }: BenchSetting): string {
  return `${chunk}/${batchRows}`;
}

/** A setting in a few words, for messages and as a key: `chunk 500, check every 100, batches of 500`. */
export function describeSetting({ chunk, checkInterval, batchRows }: BenchSetting): string {
  const message = batchRows === null ? 'a row a message' : `batches of ${batchRows}`;
  return `chunk ${chunk}, check every ${checkInterval}, ${message}`;
}
