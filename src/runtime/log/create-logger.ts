import { type Logger, pino } from 'pino';
import type { LogLevel } from '../../config/index.js';

export interface CreateLoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Where lines go: JSON, one a line. Default: stderr. */
  readonly destination?: { write(line: string): void };
  /** What every line has besides its own fields, asked for as it is written. */
  readonly fields?: () => object;
}

/**
 * The logger of the streams: pino, named `grpc-stream.streaming`.
 *
 * @example
 * createServices({ prisma, logger: createLogger({ level: 'debug' }) });
 */
export function createLogger({
  level = 'info',
  destination = process.stderr,
  fields: mixin,
}: CreateLoggerOptions = {}): Logger {
  return pino({ name: 'grpc-stream.streaming', level, ...(mixin ? { mixin } : {}) }, destination);
}
