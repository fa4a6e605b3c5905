import { Command } from 'commander';
import type { CodecCache } from '../../codegen/index.js';
import { UsageError } from '../../errors/index.js';
import type { SchemaModel } from '../../model/index.js';
import type { Project } from '../../project/load-project.js';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { ExitCode } from '../exit-codes.js';

interface GenerateFlags {
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly watch?: boolean;
  /** `--no-client` */
  readonly client: boolean;
}

export function generateCommand(runtime: CliRuntime): Command {
  const command = new Command('generate')
    .description('make .proto files, codecs, handlers, clients and the server entry from the Prisma schema')
    .option('--check', 'write nothing; exit with 11 when files are stale')
    .option('--dry-run', 'write nothing; list what would change')
    .option('--diff', 'write nothing; show what would change')
    .option('--watch', 'generate again whenever the schema changes, until Ctrl-C')
    .option('--no-client', 'leave the Prisma client as it is');
  return command.action((flags: GenerateFlags) =>
    runAction(command, runtime, (context) => runGenerate(context, flags)),
  );
}

async function runGenerate(context: CliContext, flags: GenerateFlags): Promise<number | undefined> {
  const writes = !(flags.check || flags.dryRun || flags.diff);
  if (flags.watch && !writes)
    throw new UsageError('generate.watch', '--watch writes files: leave --check, --dry-run and --diff out');
  const [{ generateProject }, { applyChanges }, { printChanges }] = await Promise.all([
    import('../../project/generate-project.js'),
    import('../../disk/index.js'),
    import('./print-changes.js'),
  ]);
  const codecs: CodecCache = new Map();
  const generation = await generateProject(context, codecs);
  const { project, schema, changes } = generation;
  const makeClient = () => (flags.client ? generateClient(context, project, schema) : Promise.resolve());
  if (writes) {
    await applyChanges(changes);
    await makeClient();
  }
  printChanges(context, { ...generation, diff: flags.diff ?? false, written: writes });
  if (flags.watch) {
    const { watchProject } = await import('./watch-project.js');
    return void (await watchProject(context, project, codecs, makeClient));
  }
  return flags.check && changes.length > 0 ? ExitCode.stale : ExitCode.ok;
}

async function generateClient(context: CliContext, project: Project, { clientOutput }: SchemaModel): Promise<void> {
  if (clientOutput === undefined) {
    const { ADD_CLIENT_GENERATOR } = await import('../../scaffold/index.js');
    context.note(`warning no Prisma client was generated: ${ADD_CLIENT_GENERATOR}`);
    return;
  }
  const { generatePrismaClient } = await import('../../project/generate-prisma-client.js');
  await generatePrismaClient(project, context.signal);
}
