import type { BenchSetting } from '../model/index.js';
import type { Executor } from './executor.js';
import { memoryKey, planMemory } from './plan.js';
import { verifyReading } from './verify-reading.js';

/** Peak bytes of the server by {@link memoryKey}. */
export type MemoryReadings = ReadonlyMap<string, number>;

/**
 * The server's peak for every setting that changes it, each on a server of its own: a process hardly gives memory back,
 * so that on a shared one every peak would be the largest so far.
 */
export async function measureMemory(
  executor: Executor,
  plan: readonly BenchSetting[],
  signal: AbortSignal,
  onProgress: (progress: { readonly phase: 'memory'; readonly done: number; readonly total: number }) => void,
): Promise<MemoryReadings> {
  const settings = planMemory(plan);
  const readings = new Map<string, number>();
  for (const [index, setting] of settings.entries()) {
    signal.throwIfAborted();
    const reading = await executor.streamFromFreshServer(setting);
    verifyReading(setting, reading, executor.table);
    readings.set(memoryKey(setting), reading.server.peakRssBytes);
    onProgress({ phase: 'memory', done: index + 1, total: settings.length });
  }
  return readings;
}
