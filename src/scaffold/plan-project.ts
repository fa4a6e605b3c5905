import { UsageError } from '../errors/index.js';
import { assertWritable } from './assert-writable.js';
import { findSchema } from './find-schema.js';
import { type OwnPackage, readOwnPackage } from './own-package.js';
import { planExistingProject } from './plan-existing-project.js';
import { planManifest } from './plan-manifest.js';
import { isWritten, type PlannedFile, type ProjectPlan, planFile, type ScaffoldProvider } from './project-plan.js';
import { readTemplate } from './template.js';

export interface PlanProjectOptions {
  /** The project's folder, absolute; it need not exist. */
  readonly folder: string;
  /** The folder of grpc-stream itself, with its `package.json` and `templates/`. */
  readonly packageRoot: string;
  /** Default: what the folder's Prisma schema says, or sqlite. */
  readonly provider?: ScaffoldProvider | undefined;
  /** Overwrites files of the user's that differ from ours; never `.env`, `package.json` or an existing schema. */
  readonly force?: boolean | undefined;
}

/**
 * Decides what a folder needs to become a project that streams. Reads, and writes nothing.
 *
 * @throws EnvironmentError when something is in the way, so that a plan that was returned can be carried out.
 * @throws UsageError when the folder is our own, its `package.json` is broken, or its database not the one asked for.
 * @throws SchemaError when its Prisma schema has mistakes.
 *
 * @example
 * const plan = await planProject({ folder: '/home/me/library', packageRoot, provider: 'sqlite' });
 * plan.files.map(({ action, path }) => `${action} ${path}`); // ['create Dockerfile', …]
 */
export async function planProject(options: PlanProjectOptions): Promise<ProjectPlan> {
  const { folder, packageRoot, provider, force = false } = options;
  assertNotOurs(folder, packageRoot);
  await assertWritable(folder, []);
  const own = await readOwnPackage(packageRoot);
  const schema = await findSchema(folder);
  const plan =
    schema === undefined
      ? await planNewProject({ folder, own, provider: provider ?? 'sqlite', force })
      : await planExistingProject({ folder, own, provider, force, schema });
  await assertWritable(
    folder,
    plan.files.filter(isWritten).map(({ path }) => path),
  );
  return { ...plan, advice: [...plan.advice, ...checkoutAdvice(plan, own)] };
}

function assertNotOurs(folder: string, packageRoot: string): void {
  if (folder !== packageRoot) return;
  throw new UsageError('init.own_folder', `${folder} is grpc-stream itself`, {
    nextActions: ['name a folder for the project: grpc-stream init ../my-service'],
  });
}

function checkoutAdvice({ files }: ProjectPlan, { isCheckout, dependency }: OwnPackage): string[] {
  const manifest = files.find(({ path }) => path === 'package.json');
  if (!isCheckout || !manifest || !isWritten(manifest)) return [];
  return [
    `package.json depends on grpc-stream by path (${dependency}): it is a checkout, and the path holds on this machine only`,
  ];
}

export interface NewProject {
  readonly folder: string;
  readonly own: OwnPackage;
  readonly provider: ScaffoldProvider;
  readonly force: boolean;
}

/** The whole template: a schema of its own, and all that surrounds it. */
export async function planNewProject({ folder, own, provider, force }: NewProject): Promise<ProjectPlan> {
  const template = await readTemplate(own, provider);
  const manifest = await planManifest(folder, template.manifest);
  const files: PlannedFile[] = [manifest.file];
  for (const [path, content] of template.files) files.push(await planFile(folder, path, content, force));
  return {
    folder,
    kind: 'new',
    provider,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    found: [],
    advice: [...databaseAdvice(provider), ...manifest.advice],
  };
}

function databaseAdvice(provider: ScaffoldProvider): string[] {
  return provider === 'sqlite' ? [] : [`set DATABASE_URL in .env to the address of your ${provider} database`];
}
