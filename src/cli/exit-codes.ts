import { BenchError, EnvironmentError, GrpcStreamError, StreamError } from '../errors/index.js';

/** What the shell is told. Findings (a regression, stale files) have codes of their own, apart from failures. */
export const ExitCode = {
  ok: 0,
  bug: 1,
  usage: 2,
  environment: 3,
  regression: 10,
  stale: 11,
  interrupted: 130,
  terminated: 143,
} as const;

/** The exit code of something thrown: our own bug unless it is an error that we throw on purpose. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof EnvironmentError || error instanceof StreamError) return ExitCode.environment;
  if (error instanceof BenchError) return ExitCode.bug;
  return error instanceof GrpcStreamError ? ExitCode.usage : ExitCode.bug;
}
