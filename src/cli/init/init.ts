import { Command, Option } from 'commander';
import type { ScaffoldProvider } from '../../scaffold/index.js';
import { type CliRuntime, runAction } from '../context.js';
import type { InitFlags } from './run-init.js';

/** Spelled out, because the scaffold is loaded only when the command runs. */
const providers: readonly ScaffoldProvider[] = ['sqlite', 'postgresql', 'mysql'];

export function initCommand(runtime: CliRuntime): Command {
  return new Command('init')
    .description('make a project that streams, or add streaming to one that has a Prisma schema')
    .argument('[dir]', 'folder of the project (default: the working folder)')
    .addOption(new Option('--provider <name>', "database (default: the schema's, or sqlite)").choices(providers))
    .option('-y, --yes', 'ask nothing and take the defaults')
    .option('--dry-run', 'write nothing; list what would be done')
    .option('--force', 'overwrite files that differ from ours; never .env, package.json or the schema')
    .option(
      '--update-schema',
      'take out of the schema what Prisma has moved to prisma.config.ts; see it first with --dry-run',
    )
    .option('--no-install', 'leave the packages for later')
    .action((dir: string | undefined, flags: InitFlags, command: Command) =>
      runAction(command, runtime, async (context) => {
        const { runInit } = await import('./run-init.js');
        await runInit(context, dir, flags);
      }),
    );
}
