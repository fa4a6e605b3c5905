import type { Command } from 'commander';
import ora, { type Ora } from 'ora';

/** What every command is handed: where it runs, how it speaks, when to stop. */
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
  spinner(text: string): Ora;
}

/** A command's work. A number is its exit code; none means 0. */
export type Action = (context: CliContext) => Promise<number | undefined> | Promise<void>;

/** What `program.ts` shares with every command. */
export interface CliRuntime {
  readonly signal: AbortSignal;
  exit(code: number): void;
}

/** Runs a command's work with its context, and hands its exit code on. */
export async function runAction(command: Command, runtime: CliRuntime, action: Action): Promise<void> {
  const code = await action(contextOf(command, runtime.signal));
  if (code !== undefined) runtime.exit(code);
}

interface GlobalOptions {
  readonly cwd: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

function contextOf(command: Command, signal: AbortSignal): CliContext {
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
    spinner: (text) =>
      ora({
        text,
        stream: process.stderr,
        isSilent: quiet,
        discardStdin: false,
        ...(hasWidth(process.stderr) ? {} : { isEnabled: false }),
      }),
  };
}

/** A terminal that says it is 0 columns wide would be redrawn for ever. */
function hasWidth({ columns }: { readonly columns?: number }): boolean {
  return columns !== 0;
}

/** Whether stdout shows colours: a terminal, and nobody who asked for none. */
export function terminalColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}
