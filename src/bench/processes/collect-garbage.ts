/**
 * Collects garbage where node was started with `--expose-gc`: a stream then pays for its own garbage and not for
 * that of the setting before it.
 */
export function collectGarbage(): void {
  globalThis.gc?.();
}
