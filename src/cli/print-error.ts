import { styleText } from 'node:util';
import { GrpcStreamError, SchemaError } from '../errors/index.js';

/** Prints what happened, why, and what to do next, on stderr; the stack only when asked for, or for a bug of ours. */
export function printError(error: unknown, { verbose }: { readonly verbose: boolean }): void {
  process.stderr.write(`${describe(error, verbose).join('\n')}\n`);
}

function describe(error: unknown, verbose: boolean): string[] {
  if (error instanceof GrpcStreamError) {
    return [
      `${red('error')} ${at(error)}${error.message}`,
      ...error.nextActions.map((action) => `  → ${action}`),
      ...(verbose ? stackOf(error) : []),
    ];
  }
  const message = error instanceof Error ? error.message : String(error);
  return [
    `${red('bug')} ${message}`,
    '  → this is a mistake in grpc-stream, not in your project; please report it with the output of --verbose',
    ...(verbose ? stackOf(error) : []),
  ];
}

function at(error: GrpcStreamError): string {
  if (!(error instanceof SchemaError) || !error.location) return '';
  return `${error.location.file}:${error.location.line}: `;
}

function stackOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = error.stack ?? error.message;
  return error.cause === undefined ? [own] : [own, 'caused by:', ...stackOf(error.cause)];
}

function red(text: string): string {
  return styleText('red', text, { stream: process.stderr });
}
