import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { PackageManager, ScaffoldProvider } from '../../scaffold/index.js';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import type { InitFlags } from './interview.js';

/** Spelled out, because the scaffold is loaded only when the command runs. */
const providers: readonly ScaffoldProvider[] = ['sqlite', 'postgresql', 'mysql'];

export function initCommand(runtime: CliRuntime): Command {
  return new Command('init')
    .description('make a project that streams, or add streaming to one that has a Prisma schema')
    .argument('[dir]', 'folder of the project (default: the working folder)')
    .addOption(new Option('--provider <name>', "database (default: the schema's, or sqlite)").choices(providers))
    .option('-y, --yes', 'ask nothing and take the defaults')
    .option('--dry-run', 'write nothing; list what would be done')
    .option('--force', 'overwrite files that differ from ours; never .env, package.json or a schema')
    .option('--no-install', 'leave the packages for later')
    .action((dir: string | undefined, flags: InitFlags, command: Command) =>
      runAction(command, runtime, (context) => init(context, dir, flags)),
    );
}

async function init(context: CliContext, dir: string | undefined, flags: InitFlags): Promise<void> {
  const [{ planProject, writeProject, packageManagerOf }, { interview }, { printPlan, printResult }, { packageRoot }] =
    await Promise.all([
      import('../../scaffold/index.js'),
      import('./interview.js'),
      import('./print-plan.js'),
      import('../../project/package-root.js'),
    ]);
  const questions = interview(context, flags);
  const folder = resolve(context.cwd, dir ?? (await questions.folder()));
  const provider = flags.provider ?? (await questions.provider(folder));
  const plan = await planProject({ folder, packageRoot: packageRoot(), provider, force: flags.force });
  const manager = packageManagerOf(folder);
  if (!context.json) printPlan(context, plan);
  if (flags.dryRun) return printResult(context, { plan, manager, dryRun: true, installed: false });
  if (!(await questions.confirm(folder))) return context.note('nothing was written');
  await writeProject(plan, { signal: context.signal });
  if (flags.install) await install(context, folder, manager);
  printResult(context, { plan, manager, dryRun: false, installed: flags.install });
}

async function install(context: CliContext, folder: string, manager: PackageManager): Promise<void> {
  const { installPackages } = await import('../../scaffold/index.js');
  const spinner = context.spinner(`${manager.name} install`).start();
  try {
    await installPackages({ folder, manager, signal: context.signal });
    spinner.succeed(`${manager.name} install`);
  } catch (error) {
    spinner.fail(`${manager.name} install`);
    throw error;
  }
}
