import type { StreamProgress } from '../../client/index.js';
import { callErrorText } from '../../errors/index.js';
import type { CliContext } from '../context.js';

/** What people see of a read while it runs: everything on stderr. */
export interface ReadProgress {
  tell(progress: StreamProgress): void;
  /** Leaves a line behind: how much was read. */
  done(rows: number): void;
  stop(): void;
}

export interface ReadProgressOptions {
  readonly model: string;
  /** Rows that there will be, where that is known. */
  readonly total: number | undefined;
  readonly maxAttempts: number;
}

/** Shows rows, rate and time left where somebody looks and rows do not run over it; breaks are told everywhere. */
export function readProgress(context: CliContext, options: ReadProgressOptions): ReadProgress {
  const isSeen = process.stderr.isTTY === true && process.stdout.isTTY !== true;
  const spinner = isSeen ? context.spinner(`reading ${options.model}`).start() : undefined;
  const startedAt = performance.now();
  return {
    tell(progress) {
      if (progress.broken) context.note(breakLine(progress, options));
      if (spinner) spinner.text = progressLine(progress, options);
    },
    done(rows) {
      spinner?.stop();
      const seconds = (performance.now() - startedAt) / 1000;
      if (isSeen) context.note(`✔ ${count(rows)} rows in ${seconds.toFixed(1)} s (${count(rows / seconds)} rows/s)`);
    },
    stop: () => spinner?.stop(),
  };
}

/** `Book 45,000 of 200,000 rows · 84,000 rows/s · 12.6 MB/s · 2 s left` */
export function progressLine(
  { rows, bytes, rowsPerSecond }: StreamProgress,
  { model, total }: Pick<ReadProgressOptions, 'model' | 'total'>,
): string {
  const megabytes = rows > 0 ? (bytes / rows) * rowsPerSecond * 1e-6 : 0;
  return [
    `${model} ${count(rows)}${total === undefined ? '' : ` of ${count(total)}`} rows`,
    `${count(rowsPerSecond)} rows/s`,
    `${megabytes.toFixed(1)} MB/s`,
    ...(total !== undefined && rowsPerSecond > 0 ? [`${Math.ceil((total - rows) / rowsPerSecond)} s left`] : []),
  ].join(' · ');
}

function breakLine({ rows, broken }: StreamProgress, { model, maxAttempts }: ReadProgressOptions): string {
  const { error, attempts = 0, retryInMs = 0 } = broken ?? {};
  const wait = `trying again in ${(retryInMs / 1000).toFixed(1)} s (${attempts} of ${maxAttempts})`;
  return `↻ ${model} after ${count(rows)} rows: ${callErrorText(error)}; ${wait}`;
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en');
}
