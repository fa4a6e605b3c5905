import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { type Document, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../errors/index.js';
import { posix } from './template.js';
import type { PlannedFile } from './write-project.js';

const FILE = 'pnpm-workspace.yaml';

/** The packages that a project gets and that have a script for their installation, and whether it is needed: SQLite's driver compiles. */
const SCRIPTS: Readonly<Record<string, boolean>> = {
  '@prisma/engines': false,
  'better-sqlite3': true,
  esbuild: false,
  prisma: false,
  protobufjs: false,
};

const HEADER = '# Whether packages may run their scripts when they are installed: pnpm wants a decision on each.\n';

/** Plans pnpm's file with a decision on each of these scripts, without which its `install` fails. Decisions that are there stay. */
export async function planPnpmBuilds(folder: string): Promise<PlannedFile> {
  const root = workspaceOf(folder) ?? folder;
  const location = resolve(root, FILE);
  const path = posix(relative(folder, location));
  if (!existsSync(location)) return { path, action: 'create', content: HEADER + stringify({ allowBuilds: SCRIPTS }) };
  const current = await readFile(location, 'utf8');
  const document = parseDocument(current);
  const decided = decisionsIn(document, location);
  const missing = Object.entries(SCRIPTS).filter(([name]) => !decided.has(name));
  if (missing.length === 0) return { path, action: 'unchanged', content: current };
  for (const [name, allowed] of missing) document.setIn(['allowBuilds', name], allowed);
  const names = missing.map(([name]) => name).join(', ');
  return { path, action: 'edit', content: document.toString({ lineWidth: 0 }), detail: `adds allowBuilds ${names}` };
}

/** The nearest folder with pnpm's file, as pnpm looks for it. */
function workspaceOf(folder: string): string | undefined {
  if (existsSync(resolve(folder, FILE))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : workspaceOf(parent);
}

/** The packages that pnpm's file decides on, in any of the forms that pnpm has had for it. @throws UsageError */
function decisionsIn(document: Document, location: string): ReadonlySet<string> {
  const [problem] = document.errors;
  if (problem) throw notPnpms(location, problem);
  const { data, error } = decisions.safeParse(document.toJS() ?? {});
  if (error) throw notPnpms(location, error);
  const { allowBuilds, ...lists } = data;
  return new Set([...Object.keys(allowBuilds), ...Object.values(lists).flat()]);
}

function notPnpms(location: string, cause: Error): UsageError {
  return new UsageError('init.invalid_pnpm_workspace', `${location} is not what pnpm reads: ${cause.message}`, {
    cause,
    nextActions: ['correct the file; nothing was written'],
  });
}

const names = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const decisions = z.object({
  allowBuilds: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((builds) => builds ?? {}),
  onlyBuiltDependencies: names,
  neverBuiltDependencies: names,
  ignoredBuiltDependencies: names,
});
