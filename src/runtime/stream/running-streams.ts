/**
 * How many streams of this process run, and so what part of its memory is each one's. One stream may hold large chunks; a thousand
 * may not, and need not: what hides the database's round trip for one is idle memory for a thousand.
 */
let running = 0;

/** Counts a stream. @returns Called when it has ended. */
export function joinRunningStreams(): () => void {
  running++;
  return () => void running--;
}

/** What one stream may hold of so many bytes for all. */
export function fairShare(bytes: number): number {
  return bytes / Math.max(1, running);
}
