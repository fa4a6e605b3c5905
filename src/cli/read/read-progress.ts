import type { StreamProgress } from '../../client/index.js';
import { callErrorText } from '../../errors/index.js';
import { type CliContext, grouped } from '../context.js';

/** The progress of a read, on stderr. */
export interface ReadProgress {
  update(progress: StreamProgress): void;
  /** Prints how much was read. */
  done(rows: number): void;
  stop(): void;
}

interface ReadProgressOptions {
  readonly model: string;
  /** The expected number of rows, if it is known. */
  readonly total: number | undefined;
  readonly maxAttempts: number;
}

/** Shows rows, rate and time left on a terminal, unless rows are printed there too; prints breaks everywhere. */
export async function readProgress(context: CliContext, options: ReadProgressOptions): Promise<ReadProgress> {
  const isSeen = process.stderr.isTTY === true && process.stdout.isTTY !== true;
  const spinner = isSeen ? (await context.spinner(`reading ${options.model}`)).start() : undefined;
  const startedAt = performance.now();
  return {
    update(progress) {
      if (progress.broken) context.note(breakLine(progress, options));
      if (spinner) spinner.text = progressLine(progress, options);
    },
    done(rows) {
      spinner?.stop();
      const seconds = (performance.now() - startedAt) / 1000;
      if (isSeen)
        context.note(`✔ ${grouped(rows)} rows in ${seconds.toFixed(1)} s (${grouped(rows / seconds)} rows/s)`);
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
    `${model} ${grouped(rows)}${total === undefined ? '' : ` of ${grouped(total)}`} rows`,
    `${grouped(rowsPerSecond)} rows/s`,
    `${megabytes.toFixed(1)} MB/s`,
    ...(total !== undefined && rowsPerSecond > 0 ? [`${Math.ceil((total - rows) / rowsPerSecond)} s left`] : []),
  ].join(' · ');
}

function breakLine({ rows, broken }: StreamProgress, { model, maxAttempts }: ReadProgressOptions): string {
  const { error, attempts = 0, retryInMs = 0 } = broken ?? {};
  const wait = `trying again in ${(retryInMs / 1000).toFixed(1)} s (${attempts} of ${maxAttempts})`;
  return `↻ ${model} after ${grouped(rows)} rows: ${callErrorText(error)}; ${wait}`;
}
