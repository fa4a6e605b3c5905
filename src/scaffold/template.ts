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

/** Each layer adds to those before it, or replaces. Several servers beside each other want a database that all can reach. */
const LAYERS: Readonly<Record<ScaffoldProvider, readonly string[]>> = {
  sqlite: ['base', 'sqlite'],
  postgresql: ['base', 'networked', 'postgresql'],
  mysql: ['base', 'networked', 'mysql'],
};

/** Reads the layers of `templates/` that make a project for the provider. */
export async function readTemplate(own: OwnPackage, provider: ScaffoldProvider): Promise<Template> {
  const layers = await Promise.all(LAYERS[provider].map((name) => readLayer(resolve(own.root, 'templates', name))));
  const files = new Map(layers.flatMap((layer) => [...layer.files]));
  const manifest = layers.map((layer) => layer.manifest).reduce(mergeManifests);
  const example = files.get('.env.example');
  // The first `.env` is the example itself, so that the project runs at once; it is never committed.
  if (example !== undefined) files.set('.env', example);
  return { files, manifest: pinVersions(manifest, own) };
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
