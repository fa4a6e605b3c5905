import type { Command } from 'commander';
import type { Ora } from 'ora';

/** Given to every command: where it runs, how it prints, when to stop. */
export interface CliContext {
  /** Absolute working folder (`--cwd`). */
  readonly cwd: string;
  /** Path of the configuration file, when `--config` named one. */
  readonly configFile: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Data, to stdout; a line end is added. */
  print(text: string): void;
  /** A remark for people, to stderr; nothing under `--quiet`. */
  note(text: string): void;
  /** Progress on stderr: animated on a terminal, plain lines elsewhere, nothing under `--quiet`. */
  spinner(text: string): Promise<Ora>;
}

/** The work of a command. A number is its exit code; none means 0. */
type Action = (context: CliContext) => Promise<number | undefined> | Promise<void>;

/** Given to every command when the command tree is made. */
export interface CliRuntime {
  readonly signal: AbortSignal;
  exit(code: number): void;
}

/** Runs the work of a command with its context, and passes its exit code on. */
export async function runAction(command: Command, runtime: CliRuntime, action: Action): Promise<void> {
  const code = await action(await contextOf(command, runtime.signal));
  if (code !== undefined) runtime.exit(code);
}

interface GlobalOptions {
  readonly cwd: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

async function contextOf(command: Command, signal: AbortSignal): Promise<CliContext> {
  const { cwd, config, json = false, quiet = false, verbose = false } = command.optsWithGlobals<GlobalOptions>();
  return {
    cwd,
    configFile: config,
    json,
    quiet,
    verbose,
    signal,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => {
      if (!quiet) process.stderr.write(`${text}\n`);
    },
    spinner: (text) => openSpinner(text, quiet),
  };
}

/** Loaded when it is needed: many commands have none. */
async function openSpinner(text: string, quiet: boolean): Promise<Ora> {
  const { default: ora } = await import('ora');
  return ora({
    text,
    stream: process.stderr,
    isSilent: quiet,
    discardStdin: false,
    ...(hasWidth(process.stderr) ? {} : { isEnabled: false }),
  });
}

/** A spinner would be redrawn for ever on a terminal that says it is 0 columns wide. */
function hasWidth({ columns }: { readonly columns?: number }): boolean {
  return columns !== 0;
}

/** The window that stdout is: with colours if it is a terminal and NO_COLOR is not set; without a width if it is a file or a pipe. */
export function terminalWindow(): { readonly color: boolean; readonly width: number | undefined } {
  return { color: process.stdout.isTTY === true && !process.env.NO_COLOR, width: process.stdout.columns };
}

/** `1 file`, `2 files`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number as people read it: `12,345`. */
export function grouped(number: number): string {
  return Math.round(number).toLocaleString('en');
}

/** Keeps grpc-js from printing lines on stderr; it reads this when it is loaded. */
export function silenceGrpc({ verbose }: Pick<CliContext, 'verbose'>): void {
  if (!verbose) process.env.GRPC_VERBOSITY ??= 'NONE';
}

/** grpc-js names an IP address in the TLS handshake; Node prints a deprecation about that, which no user of a command can mend. */
export function silenceDeprecations({ verbose }: Pick<CliContext, 'verbose'>): void {
  if (!verbose) process.noDeprecation = true;
}
