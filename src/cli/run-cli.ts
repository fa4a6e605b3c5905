import { CommanderError } from 'commander';
import { ExitCode, exitCodeOf } from './exit-codes.js';
import { interruptSignal } from './interrupt.js';
import { printError } from './print-error.js';
import { createProgram } from './program.js';

/**
 * Runs the command line and resolves with its exit code; never throws and never ends the process itself,
 * so that what was written to stdout is flushed whole.
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  const interrupt = interruptSignal();
  let exitCode: number = ExitCode.ok;
  const program = createProgram({ signal: interrupt.signal, exit: (code) => (exitCode = code) });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return interrupt.signal.aborted ? ExitCode.interrupted : exitCode;
  } catch (error) {
    if (interrupt.signal.aborted) return ExitCode.interrupted;
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    printError(error, { verbose: program.opts<{ verbose?: boolean }>().verbose ?? argv.includes('--verbose') });
    return exitCodeOf(error);
  } finally {
    interrupt.dispose();
  }
}
