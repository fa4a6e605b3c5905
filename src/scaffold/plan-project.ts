import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { readFileIfAny } from '../disk/index.js';
import { UsageError } from '../errors/index.js';
import type { SchemaModel } from '../model/index.js';
import { type OwnPackage, readOwnPackage } from '../project/own-package.js';
import { emptyLock, generatableSchema } from '../proto/index.js';
import { parseSchema, readSchemaFiles } from '../schema/index.js';
import { type FoundSchema, findPrismaConfig, findSchema } from './find-schema.js';
import { dependencyOnUs, type Manifest, planManifest } from './manifest.js';
import { type ModernSchema, modernSchema } from './old-schema.js';
import { packageManagerOf } from './package-manager.js';
import { planPnpmBuilds } from './pnpm-builds.js';
import { fitTemplate, posix, readTemplate, type ScaffoldProvider, templateFor } from './template.js';
import { assertWritable, isWritten, type PlannedFile, type ProjectPlan, planFile } from './write-project.js';

interface PlanProjectOptions {
  /** The project's folder, absolute; it need not exist. */
  readonly folder: string;
  /** The folder of grpc-stream itself, with its `package.json` and `templates/`. */
  readonly packageRoot: string;
  /** Default: what the folder's Prisma schema says, or sqlite. */
  readonly provider?: ScaffoldProvider | undefined;
  /** Overwrites files of the user's that differ from ours; never `.env`, `package.json` or an existing schema. */
  readonly force?: boolean | undefined;
  /** Takes out of a schema what only older releases of Prisma have in it. Without it, such a schema is refused. */
  readonly updateSchema?: boolean | undefined;
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
  const { folder, packageRoot, provider, force = false, updateSchema = false } = options;
  assertNotOurs(folder, packageRoot);
  await assertWritable(folder, []);
  const own = readOwnPackage(packageRoot);
  const schema = await findSchema(folder);
  const planned =
    schema === undefined
      ? await planNewProject({ folder, own, provider: provider ?? 'sqlite', force })
      : await planExistingProject({ folder, own, provider, force, updateSchema, schema });
  const plan = { ...planned, files: [...planned.files, ...(await managerFiles(folder))].sort(byPath) };
  await assertWritable(
    folder,
    plan.files.filter(isWritten).map(({ path }) => path),
  );
  return { ...plan, advice: [...plan.advice, ...checkoutAdvice(plan, own)] };
}

/** What the package manager needs before it installs. */
async function managerFiles(folder: string): Promise<PlannedFile[]> {
  return packageManagerOf(folder).name === 'pnpm' ? [await planPnpmBuilds(folder)] : [];
}

function byPath(a: PlannedFile, b: PlannedFile): number {
  return a.path < b.path ? -1 : 1;
}

function assertNotOurs(folder: string, packageRoot: string): void {
  if (folder !== packageRoot) return;
  throw new UsageError('init.own_folder', `${folder} is grpc-stream itself`, {
    nextActions: ['name a folder for the project: grpc-stream init ../my-service'],
  });
}

function checkoutAdvice({ files }: ProjectPlan, own: OwnPackage): string[] {
  const manifest = files.find(({ path }) => path === 'package.json');
  if (!own.isCheckout || !manifest || !isWritten(manifest)) return [];
  return [
    `package.json depends on grpc-stream by path (${dependencyOnUs('grpc-stream', own)}): it is a checkout, and the path is valid on this machine only`,
  ];
}

interface NewProject {
  readonly folder: string;
  readonly own: OwnPackage;
  readonly provider: ScaffoldProvider;
  readonly force: boolean;
}

/** Makes the whole template, with a schema of its own. */
async function planNewProject({ folder, own, provider, force }: NewProject): Promise<ProjectPlan> {
  const template = await readTemplate(own, provider);
  const manifest = await planManifest(folder, template.manifest);
  const files: PlannedFile[] = [manifest.file];
  for (const [path, content] of template.files) files.push(await planFile(folder, path, content, force));
  return {
    folder,
    kind: 'new',
    provider,
    files,
    found: [],
    advice: [...databaseAdvice(provider), ...manifest.advice],
  };
}

function databaseAdvice(provider: ScaffoldProvider): string[] {
  if (provider === 'sqlite') return [];
  return [
    `set DATABASE_URL in .env to the address of your ${provider} database, or start the one of compose.yaml, which it names: docker compose up --wait`,
  ];
}

interface ExistingProject {
  readonly folder: string;
  readonly own: OwnPackage;
  readonly provider: ScaffoldProvider | undefined;
  readonly force: boolean;
  readonly updateSchema: boolean;
  readonly schema: FoundSchema;
}

const CONFIG = 'grpc-stream.config.ts';
const PRISMA_CONFIG = 'prisma.config.ts';

/** Files that streaming adds to any project. */
const ADDED = [CONFIG, 'src/grpc/database.ts'];

/** Files that every project needs: made where they are missing, and never changed. */
const NEEDED = ['.env.example', '.gitignore', 'buf.yaml', PRISMA_CONFIG, 'tsconfig.json'];

/**
 * Where files go in a project that has a `tsconfig.json` of its own. A TypeScript file beside `src` would be outside of its `rootDir`, or
 * would move that folder up, and with it everything in `dist`.
 */
const BESIDE_OTHER_CODE: Readonly<Record<string, string>> = {
  [CONFIG]: `src/${CONFIG}`,
  [PRISMA_CONFIG]: 'prisma.config.mjs',
};

/** Where a project that uses buf already has its rules. */
const BUF_RULES = ['buf.yaml', 'buf.work.yaml', 'proto/buf.yaml'];

/** Adds to a project with a Prisma schema what it lacks; the schema itself stays as it is. */
async function planExistingProject(project: ExistingProject): Promise<ProjectPlan> {
  const { folder, own, force, schema: found } = project;
  const modern = modernSchema(await readSchemaFiles(resolve(folder, found.path)));
  if (modern.changes.length > 0 && !project.updateSchema) throw oldSchema(folder, modern);
  const schema = generatableSchema(parseSchema(modern.files), emptyLock);
  const template = await readTemplate(own, templateFor(schema.provider, project.provider));
  const manifest = await planManifest(folder, streamingParts(template.manifest));
  const layout = { folder, schemaPath: found.path, client: schema.client };
  const files: PlannedFile[] = [manifest.file, ...schemaEdits(folder, modern)];
  const hasCompiler = await isThere('tsconfig.json', folder);
  for (const path of [...ADDED, ...(await missingOf(NEEDED, folder)), ...(await firstAddress(folder))]) {
    const content = withVariables(path, fitTemplate(path, template.files.get(path) ?? '', layout), modern);
    files.push(await planFile(folder, hasCompiler ? await placeOf(path, folder) : path, content, force));
  }
  return {
    folder,
    kind: 'existing',
    provider: schema.provider,
    files,
    // A wrong guess should be seen at once.
    found: [schemaLine(found, schema), ...clientLine(folder, schema)],
    advice: [
      ...manifest.advice,
      ...clientAdvice(schema),
      ...schema.skipped.map(({ file, line, reason }) => `${relative(folder, file)}:${line}: ${reason}`),
      ...(await ignoreAdvice(folder)),
      ...(await rootDirAdvice(folder)),
    ],
  };
}

function oldSchema(folder: string, { changes }: ModernSchema): UsageError {
  const [first] = changes;
  const removed = [...new Set(changes.flatMap((change) => change.removed))].join(', ');
  const path = relative(folder, first?.path ?? '');
  return new UsageError(
    'init.old_schema',
    `${path} is of an older release of Prisma: ${removed} cannot be in it any more`,
    {
      nextActions: [
        'see what would change: `npx grpc-stream init --update-schema --dry-run`',
        'let it be written: `npx grpc-stream init --update-schema`',
      ],
    },
  );
}

function schemaEdits(folder: string, { changes }: ModernSchema): PlannedFile[] {
  return changes.map(({ path, content, before, removed }) => ({
    path: posix(relative(folder, path)),
    action: 'edit',
    content,
    before,
    detail: `takes out ${removed.join(', ')}`,
  }));
}

/** Where addresses come from variables of other names than in the template. The one for migrations is the CLI's. */
function withVariables(path: string, content: string, { urlVariable, directUrlVariable }: ModernSchema): string {
  const name = path === PRISMA_CONFIG ? (directUrlVariable ?? urlVariable) : urlVariable;
  return name === undefined ? content : content.replaceAll('DATABASE_URL', name);
}

/** The scripts that run our commands: how a project is tested, built and started is its owner's business, as is its `type`. */
function streamingParts({ type: _, scripts = {}, ...rest }: Manifest): Manifest {
  return {
    ...rest,
    scripts: Object.fromEntries(
      Object.entries(scripts).filter(([name, run]) => run.startsWith('grpc-stream ') && name !== 'dev'),
    ),
  };
}

/** The place of a template's file in a project that is compiled already. A configuration stays where it is. */
async function placeOf(path: string, folder: string): Promise<string> {
  return (await isThere(path, folder)) ? path : (BESIDE_OTHER_CODE[path] ?? path);
}

async function missingOf(paths: readonly string[], folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (const path of paths) if (!(await isThere(path, folder))) missing.push(path);
  return missing;
}

/** The address of the database, where there is nothing but a schema; an application has its own way to name it. */
async function firstAddress(folder: string): Promise<string[]> {
  const others = ['.env', '.gitignore', 'package.json', PRISMA_CONFIG];
  return (await missingOf(others, folder)).length === others.length ? ['.env'] : [];
}

async function isThere(path: string, folder: string): Promise<boolean> {
  // Prisma's configuration has several names, of which a project has one.
  if (path === PRISMA_CONFIG) return (await findPrismaConfig(folder)) !== undefined;
  const names = path === 'buf.yaml' ? BUF_RULES : [path];
  for (const name of names) if ((await readFileIfAny(resolve(folder, name))) !== undefined) return true;
  return false;
}

function schemaLine({ path, namedBy }: FoundSchema, { provider, models }: SchemaModel): string {
  const origin = namedBy === undefined ? '' : `, named by ${namedBy}`;
  const count = models.length === 1 ? '1 model' : `${models.length} models`;
  return `Prisma schema ${path} (${provider}, ${count} to stream${origin}); it stays as it is`;
}

function clientLine(folder: string, { client }: SchemaModel): string[] {
  if (client === undefined) return [];
  return [`Prisma client in ${isAbsolute(client.module) ? relative(folder, dirname(client.module)) : client.module}`];
}

/** Advice for a schema without a client that could be generated. */
export const ADD_CLIENT_GENERATOR =
  'the schema has no prisma-client generator with an output; add: generator client { provider = "prisma-client" output = "../src/generated/prisma" }';

function clientAdvice({ client }: SchemaModel): string[] {
  return client === undefined ? [ADD_CLIENT_GENERATOR] : [];
}

async function ignoreAdvice(folder: string): Promise<string[]> {
  const ignored = await readFileIfAny(resolve(folder, '.gitignore'));
  if (ignored === undefined || ignored.includes('src/grpc/generated')) return [];
  return ['src/grpc/generated/ is written again by every generate: add it to .gitignore; commit proto/'];
}

/** The generated server imports `grpc-stream.config.ts`. */
async function rootDirAdvice(folder: string): Promise<string[]> {
  if (!(await isThere(CONFIG, folder))) return [];
  const text = (await readFileIfAny(resolve(folder, 'tsconfig.json'))) ?? '';
  if (!/^[^/\n]*"rootDir"\s*:\s*"(\.\/)?src\/?"/m.test(text)) return [];
  return ['tsconfig.json has "rootDir": "src", which leaves out grpc-stream.config.ts: move that file to src/'];
}
