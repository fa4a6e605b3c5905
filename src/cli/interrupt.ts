import { ExitCode } from './exit-codes.js';

/** A signal that the first Ctrl-C (or SIGTERM) aborts, so that a command can end cleanly; the second one ends at once. */
export function interruptSignal(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    controller.abort(new DOMException('interrupted', 'AbortError'));
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const name of signals) process.on(name, onInterrupt);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of signals) process.off(name, onInterrupt);
    },
  };
}
