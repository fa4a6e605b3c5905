import { Command } from 'commander';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { ExitCode } from '../exit-codes.js';

interface GenerateFlags {
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  /** `--no-client` */
  readonly client: boolean;
}

export function generateCommand(runtime: CliRuntime): Command {
  const command = new Command('generate')
    .description('make .proto files, codecs, handlers, clients and the server entry from the Prisma schema')
    .option('--check', 'write nothing; exit with 11 when files are stale')
    .option('--dry-run', 'write nothing; list what would change')
    .option('--diff', 'write nothing; show what would change')
    .option('--no-client', 'leave the Prisma client as it is');
  return command.action((flags: GenerateFlags) =>
    runAction(command, runtime, (context) => runGenerate(context, flags)),
  );
}

async function runGenerate(context: CliContext, flags: GenerateFlags): Promise<number> {
  const [{ generateProject }, { applyChanges }, { printChanges }] = await Promise.all([
    import('../../project/generate-project.js'),
    import('../../codegen/index.js'),
    import('../print-changes.js'),
  ]);
  const generation = await generateProject(context);
  const { project, schema, changes } = generation;
  const writes = !(flags.check || flags.dryRun || flags.diff);
  if (writes) {
    await applyChanges(changes);
    if (flags.client && schema.clientOutput === undefined) {
      const { ADD_CLIENT_GENERATOR } = await import('../../scaffold/index.js');
      context.note(`warning no Prisma client was generated: ${ADD_CLIENT_GENERATOR}`);
    } else if (flags.client) {
      const { generatePrismaClient } = await import('../generate-prisma-client.js');
      await generatePrismaClient(project, context.signal);
    }
  }
  printChanges(context, { ...generation, diff: flags.diff ?? false, written: writes });
  return flags.check && changes.length > 0 ? ExitCode.stale : ExitCode.ok;
}
