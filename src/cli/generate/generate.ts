import { setFlagsFromString } from 'node:v8';
import { Command, Option } from 'commander';
import { type CliRuntime, runAction } from '../context.js';
import type { GenerateFlags } from './run-generate.js';

/** V8 prints a complaint about a flag that it does not know. */
const LAST_KNOWN_NODE = 24;

/**
 * How much a function must have run before V8's optimising compiler takes it, 15 times the default. Most of what `generate` runs is over
 * before optimised code pays: this takes a quarter off its CPU time.
 */
const INTERRUPT_BUDGET = 1_000_000;

export function generateCommand(runtime: CliRuntime): Command {
  const command = new Command('generate')
    .description('make .proto files, codecs, handlers, clients and the server entry from the Prisma schema')
    .option('--check', 'write nothing; exit with 11 when files are stale')
    .option('--dry-run', 'write nothing; list what would change')
    .option('--diff', 'write nothing; show what would change')
    .addOption(
      new Option('--watch', 'generate again whenever the schema changes, until Ctrl-C').conflicts([
        'check',
        'dryRun',
        'diff',
      ]),
    )
    .option('--no-client', 'leave the Prisma client as it is')
    .option('--all-generators', "run the schema's other generators as well, after that of the Prisma client");
  return command.action((flags: GenerateFlags) =>
    runAction(command, runtime, async (context) => {
      optimiseLate();
      const { runGenerate } = await import('./run-generate.js');
      return runGenerate(context, flags);
    }),
  );
}

function optimiseLate(): void {
  const major = Number(process.versions.node.split('.', 1));
  if (major <= LAST_KNOWN_NODE) setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
