import { type Logger, pino } from 'pino';
import type { LogLevel } from '../config/index.js';

export interface CreateLoggerOptions {
  /** Default `grpc-stream.streaming`. */
  readonly name?: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Where lines go: JSON, one a line. Default: stderr. */
  readonly destination?: { write(line: string): void };
  /** What every line has besides its own fields, asked for as it is written. */
  readonly fields?: () => object;
}

/**
 * The logger of the streams: pino.
 *
 * @example
 * createServices({ prisma, logger: createLogger({ level: 'debug' }) });
 */
export function createLogger({
  name = 'grpc-stream.streaming',
  level = 'info',
  destination = process.stderr,
  fields: mixin,
}: CreateLoggerOptions = {}): Logger {
  return pino({ name, level, ...(mixin ? { mixin } : {}) }, destination);
}
