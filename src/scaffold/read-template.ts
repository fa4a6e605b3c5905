import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type Manifest, mergeManifests, parseManifest, pinVersions } from './manifest.js';
import type { OwnPackage } from './own-package.js';
import type { ScaffoldProvider } from './project-plan.js';

/** A template, ready to be compared with a folder. */
export interface Template {
  /** Every file but `package.json`: its path in the project, and its text. */
  readonly files: ReadonlyMap<string, string>;
  readonly manifest: Manifest;
}

/** Reads `templates/base` with what the provider's folder adds or replaces laid over it. */
export async function readTemplate(own: OwnPackage, provider: ScaffoldProvider): Promise<Template> {
  const base = await readLayer(resolve(own.root, 'templates/base'));
  const overlay = await readLayer(resolve(own.root, 'templates', provider));
  const files = new Map([...base.files, ...overlay.files]);
  const example = files.get('.env.example');
  // The first `.env` is the example itself, so that the project runs at once; it is never committed.
  if (example !== undefined) files.set('.env', example);
  return { files, manifest: pinVersions(mergeManifests(base.manifest, overlay.manifest), own) };
}

async function readLayer(folder: string): Promise<Template> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.sort().map(async (path) => [path, await readFile(path, 'utf8')] as const));
  const files = new Map(texts.map(([path, text]) => [projectPath(relative(folder, path)), text]));
  const manifest = parseManifest(files.get('package.json') ?? '{}', join(folder, 'package.json'));
  files.delete('package.json');
  return { files, manifest };
}

/** npm leaves files such as `.gitignore` out of packages, so in a template the dot is spelled `_`. */
function projectPath(path: string): string {
  return path
    .split(sep)
    .map((part) => part.replace(/^_/, '.'))
    .join('/');
}
