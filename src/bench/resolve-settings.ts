import { streamingBounds } from '../config/index.js';
import { UsageError } from '../errors/index.js';
import type { BenchSettings } from '../model/index.js';

/** The bench's flags as the command line gives them: text, or undefined where absent. */
export interface BenchFlags {
  readonly chunk?: string | undefined;
  readonly checkInterval?: string | undefined;
  readonly batch?: string | undefined;
  readonly rows?: string | undefined;
  readonly rowBytes?: string | undefined;
  readonly rounds?: string | undefined;
  readonly maxTime?: string | undefined;
  readonly seed?: string | undefined;
  readonly quick?: boolean | undefined;
}

/** What a full bench does when nothing is said: minutes on two cores. */
export const fullSettings: BenchSettings = Object.freeze({
  chunks: [100, 500, 1000, 5000],
  checkIntervals: [10, 100, 1000],
  /** The size past which the rate hardly grows and the first message is late. */
  batchRows: [500],
  rows: 100_000,
  rowBytes: 150,
  /** Enough for a difference of a few percent to stand out from two cores' noise. */
  rounds: 10,
  maxTimeSeconds: 480,
  seed: 1,
  quick: false,
});

/** `--quick`: the ends and the middle of the same sweep, over a smaller table, in well under a minute. */
export const quickSettings: BenchSettings = Object.freeze({
  ...fullSettings,
  chunks: [100, 1000, 5000],
  checkIntervals: [10, 100, 1000],
  rows: 20_000,
  rounds: 8,
  maxTimeSeconds: 45,
  quick: true,
});

/** What each flag may hold. The ends of the first two are those of the settings they sweep. */
const bounds = {
  chunk: streamingBounds.chunkSize,
  checkInterval: streamingBounds.cancellationCheckInterval,
  batch: { min: 0, max: streamingBounds.batchRows.max },
  rows: { min: 100, max: 100_000_000 },
  /** The demo's other columns take some 100 bytes; a row must fit a message. */
  rowBytes: { min: 100, max: 1_000_000 },
  rounds: { min: 1, max: 1000 },
  maxTime: { min: 1, max: 86_400 },
  seed: { min: 0, max: 4_294_967_295 },
} as const;

type NumericFlag = keyof typeof bounds;

/**
 * The settings that the flags ask for, over the defaults of a full or a quick bench.
 *
 * @throws UsageError that names the flag, the value and what is allowed.
 *
 * @example
 * resolveBenchSettings({ chunk: '100,500', quick: true }).chunks; // [100, 500]
 */
export function resolveBenchSettings(flags: BenchFlags): BenchSettings {
  const defaults = flags.quick ? quickSettings : fullSettings;
  return {
    chunks: list('chunk', flags.chunk, defaults.chunks),
    checkIntervals: list('checkInterval', flags.checkInterval, defaults.checkIntervals),
    batchRows: list('batch', flags.batch, defaults.batchRows).filter((size) => size > 0),
    rows: whole('rows', flags.rows, defaults.rows),
    rowBytes: whole('rowBytes', flags.rowBytes, defaults.rowBytes),
    rounds: whole('rounds', flags.rounds, defaults.rounds),
    maxTimeSeconds: whole('maxTime', flags.maxTime, defaults.maxTimeSeconds),
    seed: whole('seed', flags.seed, defaults.seed),
    quick: flags.quick ?? false,
  };
}

/** A sweep: values in ascending order, each once. */
function list(flag: NumericFlag, text: string | undefined, byDefault: readonly number[]): readonly number[] {
  if (text === undefined) return byDefault;
  const values = text.split(',').map((item) => parse(flag, item, text));
  return [...new Set(values)].sort((a, b) => a - b);
}

function whole(flag: NumericFlag, text: string | undefined, byDefault: number): number {
  return text === undefined ? byDefault : parse(flag, text, text);
}

function parse(flag: NumericFlag, item: string, given: string): number {
  const { min, max } = bounds[flag];
  const value = /^\d+$/.test(item.trim()) ? Number(item) : Number.NaN;
  if (value >= min && value <= max) return value;
  const within = item === given ? '' : ` in ${JSON.stringify(given)}`;
  throw new UsageError(
    'bench.invalid_flag',
    `${nameOf(flag)} is ${JSON.stringify(item)}${within}; it must be ${allowed(flag, min, max)}`,
    { nextActions: [`for example: grpc-stream bench ${examples[flag]}`] },
  );
}

function allowed(flag: NumericFlag, min: number, max: number): string {
  const range = `from ${min} to ${max}`;
  return flag in lists ? `whole numbers ${range}, separated by commas` : `a whole number ${range}`;
}

function nameOf(flag: NumericFlag): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

const lists = { chunk: true, checkInterval: true, batch: true };

const examples: Readonly<Record<NumericFlag, string>> = {
  chunk: '--chunk 100,500,1000,5000',
  checkInterval: '--check-interval 10,100,1000',
  batch: '--batch 100,500 (or --batch 0 for row streams only)',
  rows: '--rows 100000',
  rowBytes: '--row-bytes 150',
  rounds: '--rounds 10',
  maxTime: '--max-time 120',
  seed: '--seed 1',
};
