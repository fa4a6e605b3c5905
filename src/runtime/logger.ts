import { type Logger, pino } from 'pino';
import type { LogLevel } from '../config/index.js';

/** The part of pino that is used: any logger with these methods fits. */
export interface StreamLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface CreateLoggerOptions {
  /** Default `grpc-stream.streaming`. */
  readonly name?: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Where lines go: one JSON object on each line. Default: stderr. */
  readonly destination?: { write(line: string): void };
  /** Returns fields that are added to every line. */
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
