import { resolve } from 'node:path';
import { Command, CommanderError, type Option } from 'commander';
import { readOwnPackage } from '../project/own-package.js';
import { benchCommand } from './bench/bench.js';
import { addCompletion, asksForWords, type ProjectWords, wordsOfProject } from './completion.js';
import type { CliRuntime } from './context.js';
import { doctorCommand } from './doctor/doctor.js';
import { ExitCode, exitCodeOf, Interrupted, openInterrupt, printError } from './exit.js';
import { generateCommand } from './generate/generate.js';
import { healthCommand } from './health.js';
import { initCommand } from './init/init.js';
import { readCommand } from './read/read.js';
import { seedCommand } from './seed.js';
import { serveCommand } from './serve/serve.js';

/**
 * Runs the command line and resolves with its exit code; never throws and never ends the process itself,
 * so that everything written to stdout is flushed.
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  const interrupt = openInterrupt();
  let exitCode: number | undefined;
  const words = asksForWords(argv) ? await wordsOfProject(process.cwd()) : undefined;
  const program = createProgram({ signal: interrupt.signal, exit: (code) => (exitCode = code) }, words);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode ?? (interrupt.signal.aborted ? interrupt.exitCode() : ExitCode.ok);
  } catch (error) {
    if (interrupt.signal.aborted || error instanceof Interrupted) return interrupt.exitCode();
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    printError(error, { verbose: program.opts<{ verbose?: boolean }>().verbose ?? argv.includes('--verbose') });
    return exitCodeOf(error);
  } finally {
    interrupt.dispose();
  }
}

/** Each makes one command; in the order of the help. */
export const COMMANDS = [
  initCommand,
  generateCommand,
  seedCommand,
  serveCommand,
  readCommand,
  healthCommand,
  benchCommand,
  doctorCommand,
];

/** The command tree. Commands load what they work with only when they run, so that help appears at once. */
function createProgram(runtime: CliRuntime, words: ProjectWords | undefined): Command {
  const program = new Command('grpc-stream')
    .description('gRPC services that stream whole Prisma tables, and the numbers to tune them by.')
    .version(readOwnPackage().version, '--version')
    .option('--cwd <folder>', 'run as if started in this folder', (folder) => resolve(folder), process.cwd())
    .option('--config <file>', 'configuration file (default: grpc-stream.config.ts)')
    .option('--json', 'machine-readable output on stdout')
    .option('--quiet', 'no progress and no remarks on stderr')
    .option('--verbose', 'more on stderr: causes and stack traces')
    .option('--no-color', 'plain text; NO_COLOR does the same')
    .hook('preAction', (command) => {
      if (command.opts<{ color: boolean }>().color === false) turnColorOff();
    })
    .showHelpAfterError('(grpc-stream --help lists the commands and flags)')
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: globalOptions })
    .exitOverride();
  for (const create of COMMANDS) program.addCommand(inherit(create(runtime), program));
  addCompletion(program, words);
  return program;
}

/** Only the flags of the program itself: a command's flags do not apply to its subcommands. */
function globalOptions(command: Command): Option[] {
  const root = rootOf(command);
  return root === command ? [] : root.options.filter(({ hidden }) => !hidden);
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}

/** `addCommand` does not pass on the parent's behaviour. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const subcommand of command.commands) inherit(subcommand, command);
  return command;
}

/** In Node, FORCE_COLOR takes precedence over NO_COLOR; a flag takes precedence over both. */
function turnColorOff(): void {
  delete process.env.FORCE_COLOR;
  process.env.NO_COLOR = '1';
}
