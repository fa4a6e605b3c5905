import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
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
  if (!existsSync(location))
    return { path, action: 'create', content: `${HEADER}allowBuilds:\n${linesOf(SCRIPTS, '  ')}` };
  const current = await readFile(location, 'utf8');
  const missing = Object.fromEntries(Object.entries(SCRIPTS).filter(([name]) => !isDecided(name, current)));
  const names = Object.keys(missing);
  if (names.length === 0) return { path, action: 'unchanged', content: current };
  return {
    path,
    action: 'edit',
    content: withBuilds(current, missing),
    detail: `adds allowBuilds ${names.join(', ')}`,
  };
}

/** The nearest folder with pnpm's file, as pnpm looks for it. */
function workspaceOf(folder: string): string | undefined {
  if (existsSync(resolve(folder, FILE))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : workspaceOf(parent);
}

/** In any of the lists that pnpm has had for it. */
function isDecided(name: string, yaml: string): boolean {
  const quoted = name.replace(/[/@]/g, '\\$&');
  return new RegExp(`^[ \\t]+(- )?['"]?${quoted}['"]?[ \\t]*(:|$)`, 'm').test(yaml);
}

function withBuilds(yaml: string, builds: Readonly<Record<string, boolean>>): string {
  const text = yaml.endsWith('\n') ? yaml : `${yaml}\n`;
  const found = /^allowBuilds:[^\n]*\n(?=([ \t]+))/m.exec(text);
  if (!found) return `${text}\n${HEADER}allowBuilds:\n${linesOf(builds, '  ')}`;
  const at = found.index + found[0].length;
  return text.slice(0, at) + linesOf(builds, found[1] ?? '  ') + text.slice(at);
}

function linesOf(builds: Readonly<Record<string, boolean>>, indentation: string): string {
  const lines = Object.entries(builds).map(([name, allowed]) => {
    return `${indentation}${name.startsWith('@') ? `'${name}'` : name}: ${allowed}\n`;
  });
  return lines.join('');
}
