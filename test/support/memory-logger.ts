import type { StreamLogger } from '../../src/runtime/index.js';

export interface LogLine {
  readonly level: keyof StreamLogger;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly line: string;
}

/** A logger that keeps its lines. */
export function memoryLogger(): StreamLogger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = (level: keyof StreamLogger) => (fields: object, line: string) =>
    void lines.push({ level, fields: { ...fields }, line });
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
