import { resolve } from 'node:path';
import { readFileIfAny } from '../disk/index.js';
import { emptyLock, settleNames } from '../proto/index.js';
import { loadSchema } from '../schema/index.js';
import { describeExistingProject } from './describe-existing-project.js';
import { type FoundSchema, findPrismaConfig } from './find-schema.js';
import { fitTemplate } from './fit-template.js';
import type { Manifest } from './manifest.js';
import type { OwnPackage } from './own-package.js';
import { planFile } from './plan-file.js';
import { planManifest } from './plan-manifest.js';
import type { PlannedFile, ProjectPlan, ScaffoldProvider } from './project-plan.js';
import { readTemplate } from './template.js';
import { templateFor } from './template-for.js';

export interface ExistingProject {
  readonly folder: string;
  readonly own: OwnPackage;
  readonly provider: ScaffoldProvider | undefined;
  readonly force: boolean;
  readonly schema: FoundSchema;
}

/** What streaming adds to any project. */
const ADDED = ['grpc-stream.config.ts', 'src/grpc/database.ts'];

/** What a project cannot do without, made where it is missing; what is there is the user's, whatever it says. */
const NEEDED = ['.env.example', '.gitignore', 'prisma.config.ts', 'tsconfig.json'];

/** What a project with a Prisma schema lacks; the schema itself stays as it is. */
export async function planExistingProject(project: ExistingProject): Promise<ProjectPlan> {
  const { folder, own, force, schema: found } = project;
  const schema = settleNames(await loadSchema(resolve(folder, found.path)), emptyLock);
  const template = await readTemplate(own, templateFor(schema.provider, project.provider));
  const manifest = await planManifest(folder, streamingParts(template.manifest));
  const layout = { folder, schemaPath: found.path, clientOutput: schema.clientOutput };
  const files: PlannedFile[] = [manifest.file];
  for (const path of [...ADDED, ...(await missingOf(NEEDED, folder))]) {
    files.push(await planFile(folder, path, fitTemplate(path, template.files.get(path) ?? '', layout), force));
  }
  const description = await describeExistingProject(folder, found, schema);
  return {
    folder,
    kind: 'existing',
    provider: schema.provider,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    found: description.found,
    advice: [...manifest.advice, ...description.advice],
  };
}

/** Our own scripts only: how a project is tested, built and started is its owner's business, as is its `type`. */
function streamingParts({ type: _, scripts = {}, ...rest }: Manifest): Manifest {
  return {
    ...rest,
    scripts: Object.fromEntries(Object.entries(scripts).filter(([, run]) => run.startsWith('grpc-stream '))),
  };
}

async function missingOf(paths: readonly string[], folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (const path of paths) if (!(await isThere(path, folder))) missing.push(path);
  return missing;
}

async function isThere(path: string, folder: string): Promise<boolean> {
  // Prisma's configuration has several names, of which a project has one.
  if (path === 'prisma.config.ts') return (await findPrismaConfig(folder)) !== undefined;
  return (await readFileIfAny(resolve(folder, path))) !== undefined;
}
