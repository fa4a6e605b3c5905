import { ExitCode } from './exit-codes.js';

/** Ctrl-C and SIGTERM, as a signal that a command can end by. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit code of a command that was cut short: what shells expect for the signal that came. */
  exitCode(): number;
  dispose(): void;
}

const CODES = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;

/** The first Ctrl-C (or SIGTERM) aborts the signal, so that a command can end cleanly; the second one ends the process at once. */
export function openInterrupt(): Interrupt {
  const controller = new AbortController();
  let code: number = ExitCode.interrupted;
  const onSignal = (name: keyof typeof CODES) => {
    if (controller.signal.aborted) process.exit(CODES[name]);
    code = CODES[name];
    controller.abort(new DOMException(name, 'AbortError'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** Whether a command was told to end by SIGTERM: for a server that is the end of its work, not an interruption of it. */
export function wasTerminated(signal: AbortSignal): boolean {
  return signal.reason instanceof DOMException && signal.reason.message === 'SIGTERM';
}
