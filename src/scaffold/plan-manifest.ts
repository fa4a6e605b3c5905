import { basename, resolve } from 'node:path';
import { readFileIfAny } from '../disk/index.js';
import { editManifest, type Manifest, packageNameFrom, parseManifest } from './manifest.js';
import type { PlannedFile } from './project-plan.js';

export interface PlannedManifest {
  readonly file: PlannedFile;
  /** What the user has to change by hand, a line each. */
  readonly advice: readonly string[];
}

const path = 'package.json';

/** Plans `package.json`: made when there is none, else only added to, whether forced or not. */
export async function planManifest(folder: string, wanted: Manifest): Promise<PlannedManifest> {
  const location = resolve(folder, path);
  const current = await readFileIfAny(location);
  if (current === undefined) return { file: { path, action: 'create', content: create(folder, wanted) }, advice: [] };
  const file = edit(current, location, wanted);
  return { file, advice: adviceFor(parseManifest(file.content, location), wanted) };
}

function create(folder: string, wanted: Manifest): string {
  return `${JSON.stringify({ ...wanted, name: packageNameFrom(basename(folder)), type: 'module' }, null, 2)}\n`;
}

function edit(current: string, location: string, wanted: Manifest): PlannedFile {
  const { content, added, keptScripts } = editManifest(current, location, wanted);
  const details = [
    ...(added.length === 0 ? [] : [`adds ${added.join('; ')}`]),
    ...(keptScripts.length === 0 ? [] : [`keeps your scripts ${keptScripts.join(', ')}`]),
  ];
  const action = added.length === 0 ? 'unchanged' : 'edit';
  return { path, action, content, ...(details.length === 0 ? {} : { detail: details.join('; ') }) };
}

function adviceFor(manifest: Manifest, wanted: Manifest): string[] {
  const wantedPrisma = wanted.dependencies?.prisma ?? '';
  const prisma = manifest.dependencies?.prisma ?? manifest.devDependencies?.prisma ?? wantedPrisma;
  return [
    ...(manifest.type === 'module' ? [] : ['the generated code is ESM: set "type": "module" in package.json']),
    ...(mayMatch(prisma, wantedPrisma) ? [] : [`package.json has prisma ${prisma}; ${wantedPrisma} is needed`]),
  ];
}

/** Ranges are compared by their first number; one without a number, such as `latest`, may well be right. */
function mayMatch(range: string, wanted: string): boolean {
  const major = /\d+/.exec(range)?.[0];
  return major === undefined || major === /\d+/.exec(wanted)?.[0];
}
