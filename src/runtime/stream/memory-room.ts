import { totalmem } from 'node:os';
import { constrainedMemory, memoryUsage } from 'node:process';
import { getHeapStatistics } from 'node:v8';

/** What is left for the streams of this process. */
export interface MemoryRoom {
  readonly bytes: number;
  /** What limits it, for people. */
  readonly limit: string;
}

/** V8 counts its young generation in the heap's limit. What lasts has no room there. */
const YOUNG_BYTES = 48 * 1024 * 1024;

/** Streams get this part of what is free; the rest is for what the database's driver returns, for garbage, and for everything else. */
const PART_FOR_STREAMS = 1 / 4;

/**
 * The memory that streams may use, of what is free now in V8's heap and in the container. Call it when the program is loaded, and before it
 * has streams.
 */
export function memoryRoom(): MemoryRoom {
  const { heap_size_limit: heapLimit, used_heap_size: heapUsed } = getHeapStatistics();
  const containerLimit = containerBytes(constrainedMemory(), totalmem());
  const heap = {
    free: heapLimit - YOUNG_BYTES - heapUsed,
    limit: `${mebibytes(heapLimit - YOUNG_BYTES)} of heap (--max-old-space-size)`,
  };
  const container = { free: containerLimit - memoryUsage.rss(), limit: `${mebibytes(containerLimit)} in all` };
  const { free, limit } = heap.free < container.free ? heap : container;
  return { bytes: Math.max(0, free) * PART_FOR_STREAMS, limit };
}

/**
 * The limit of the container, or the machine's memory without one: Node tells 0 or a number that is larger than any memory then.
 *
 * @param constrained What `process.constrainedMemory()` returns.
 */
export function containerBytes(constrained: number | undefined, machine: number): number {
  return constrained !== undefined && constrained > 0 && constrained < machine ? constrained : machine;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
