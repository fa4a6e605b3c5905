import { CommanderError } from 'commander';
import { ExitCode, exitCodeOf } from './exit-codes.js';
import { openInterrupt } from './interrupt.js';
import { printError } from './print-error.js';
import { createProgram } from './program.js';

/**
 * Runs the command line and resolves with its exit code; never throws and never ends the process itself,
 * so that what was written to stdout is flushed whole.
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  const interrupt = openInterrupt();
  let exitCode: number | undefined;
  const program = createProgram({ signal: interrupt.signal, exit: (code) => (exitCode = code) });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode ?? (interrupt.signal.aborted ? interrupt.exitCode() : ExitCode.ok);
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode();
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    printError(error, { verbose: program.opts<{ verbose?: boolean }>().verbose ?? argv.includes('--verbose') });
    return exitCodeOf(error);
  } finally {
    interrupt.dispose();
  }
}
