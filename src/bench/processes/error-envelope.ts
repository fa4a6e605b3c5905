import {
  BenchError,
  EnvironmentError,
  GrpcStreamError,
  messageOf,
  SchemaError,
  UsageError,
} from '../../errors/index.js';
import type { ErrorEnvelope } from './operation.js';

/** Errors that keep their class, and so their exit code, across a process border; all others become a BenchError. */
const classes = { EnvironmentError, SchemaError, UsageError };

/** An error, made ready to be sent to the parent. */
export function toEnvelope(error: unknown): ErrorEnvelope {
  const ours = error instanceof GrpcStreamError ? error : undefined;
  return {
    name: error instanceof Error ? error.name : 'Error',
    code: ours?.code ?? 'bench.failed',
    message: messageOf(error),
    nextActions: [...(ours?.nextActions ?? [])],
    stack: error instanceof Error ? (error.stack ?? '') : '',
  };
}

/** The error that a child sent, with the child's own stack as its cause. */
export function fromEnvelope({ name, code, message, nextActions, stack }: ErrorEnvelope): GrpcStreamError {
  const kept = Object.entries(classes).find(([className]) => className === name)?.[1] ?? BenchError;
  const cause = new Error(message);
  cause.stack = stack;
  return new kept(code, message, { nextActions, cause });
}
