import { readdir } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { intersects, validRange } from 'semver';
import { z } from 'zod';
import { RUNTIME_PACKAGE, type RuntimePackage, WHOLE_PACKAGE } from '../codegen/index.js';
import { readFileIfAny } from '../disk/index.js';
import { messageOf, UsageError } from '../errors/index.js';
import { type OwnPackage, rangeOf } from '../project/own-package.js';
import type { PlannedFile } from './write-project.js';

const texts = z.record(z.string(), z.string());

const manifestSchema = z.looseObject({
  name: z.string().optional(),
  type: z.string().optional(),
  scripts: texts.optional(),
  dependencies: texts.optional(),
  devDependencies: texts.optional(),
});

/** A `package.json`: the parts that are read here, and all others. */
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Reads a `package.json`.
 *
 * @throws UsageError when it is not one.
 */
export function parseManifest(text: string, path: string): Manifest {
  const json = parseJson(text, path);
  // zod's own copy has its keys in another order; the user's order is kept.
  if (isManifest(json)) return json;
  const issues = manifestSchema.safeParse(json).error?.issues ?? [];
  const problems = issues.map(({ path: key, message }) => `${key.join('.') || 'it'}: ${message}`);
  throw new UsageError('init.invalid_manifest', `${path} is not a valid package.json: ${problems.join('; ')}`);
}

function isManifest(json: unknown): json is Manifest {
  return manifestSchema.safeParse(json).success;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError('init.invalid_manifest', `${path} is not valid JSON: ${messageOf(error)}`, {
      cause: error,
      nextActions: ['correct the file; nothing was written'],
    });
  }
}

/** Two manifests as one: the second one's scripts and dependencies are added to the first one's. */
export function mergeManifests(base: Manifest, overlay: Manifest): Manifest {
  return {
    ...base,
    scripts: { ...base.scripts, ...overlay.scripts },
    dependencies: sortedByName({ ...base.dependencies, ...overlay.dependencies }),
    devDependencies: sortedByName({ ...base.devDependencies, ...overlay.devDependencies }),
  };
}

/** Replaces each `*` of a template by the range that our own manifest has for that package. */
export function pinVersions(manifest: Manifest, own: OwnPackage): Manifest {
  const pin = ([name, range]: [string, string]): [string, string] => {
    if (name === WHOLE_PACKAGE || name === RUNTIME_PACKAGE) return [name, dependencyOnUs(name, own)];
    return [name, range === '*' ? rangeOf(name, own) : range];
  };
  const pinned = (ranges: Manifest['dependencies'] = {}) => Object.fromEntries(Object.entries(ranges).map(pin));
  return {
    ...manifest,
    dependencies: pinned(manifest.dependencies),
    devDependencies: pinned(manifest.devDependencies),
  };
}

/**
 * How a project's `package.json` names us. A checkout is linked, npm's default for a path: the link follows the checkout's builds, and
 * leaves the checkout's own node_modules alone.
 */
export function dependencyOnUs(name: RuntimePackage, { root, version, isCheckout }: OwnPackage): string {
  if (!isCheckout) return `^${version}`;
  return `file:${(name === RUNTIME_PACKAGE ? join(root, 'dist/runtime-package') : root).split(sep).join('/')}`;
}

function sortedByName(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface PlannedManifest {
  readonly file: PlannedFile;
  /** What the user has to change by hand, a line each. */
  readonly advice: readonly string[];
}

const path = 'package.json';

/** Plans `package.json`: it is created when there is none; otherwise things are only added to it, even with `--force`. */
export async function planManifest(folder: string, wanted: Manifest): Promise<PlannedManifest> {
  const location = resolve(folder, path);
  const current = await readFileIfAny(location);
  if (current === undefined) return { file: { path, action: 'create', content: create(folder, wanted) }, advice: [] };
  const { type: _, ...typeless } = wanted;
  const file = edit(current, location, (await holdsCode(folder)) ? typeless : wanted);
  return { file, advice: adviceFor(parseManifest(file.content, location), wanted) };
}

/** Whether a folder has code, whose module system a new `type` would change. */
async function holdsCode(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return names.some((name) => name === 'src' || /\.[jt]sx?$/.test(name));
}

function create(folder: string, wanted: Manifest): string {
  return `${JSON.stringify({ ...wanted, name: packageNameFrom(basename(folder)), type: 'module' }, null, 2)}\n`;
}

/** The folder's name as a package name that npm accepts; never empty. */
function packageNameFrom(folderName: string): string {
  const name = folderName
    .toLowerCase()
    .replace(/[^a-z\d._~-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '');
  return name === '' ? 'grpc-service' : name;
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
  const wantedPrisma = wanted.devDependencies?.prisma ?? '';
  const prisma = manifest.dependencies?.prisma ?? manifest.devDependencies?.prisma ?? wantedPrisma;
  return [...(mayMatch(prisma, wantedPrisma) ? [] : [`package.json has prisma ${prisma}; ${wantedPrisma} is needed`])];
}

/** A range that is no range of versions, such as `latest`, may well be right. */
function mayMatch(range: string, wanted: string): boolean {
  return validRange(range) === null || intersects(range, wanted);
}

/** A user's `package.json` with what was missing added. */
interface ManifestEdit {
  /** Equal to the original text when nothing was missing. */
  readonly content: string;
  /** What was added, such as `scripts generate, seed`. */
  readonly added: readonly string[];
  /** Scripts of the same name that are the user's own, and stay. */
  readonly keptScripts: readonly string[];
}

/** Adds the scripts and dependencies that a `package.json` lacks; everything else stays, its indentation too. */
export function editManifest(text: string, path: string, wanted: Manifest): ManifestEdit {
  const current = parseManifest(text, path);
  const scripts = missingFrom(withoutPlaceholders(current.scripts), wanted.scripts);
  const installed = { ...current.dependencies, ...current.devDependencies };
  const dependencies = missingFrom(installed, wanted.dependencies);
  const devDependencies = missingFrom(installed, wanted.devDependencies);
  const type = mayChangeType(current) ? wanted.type : undefined;
  const added = [
    ...(type === undefined ? [] : [`"type": "${type}"`]),
    ...listed('dependencies', { ...dependencies, ...devDependencies }),
    ...listed('scripts', scripts),
  ];
  const keptScripts = Object.entries(wanted.scripts ?? {})
    .filter(([name, script]) => !(name in scripts) && current.scripts?.[name] !== script)
    .map(([name]) => name);
  if (added.length === 0) return { content: text, added, keptScripts };
  const edited = {
    ...current,
    ...(type === undefined ? {} : { type }),
    ...extended('scripts', current.scripts, scripts),
    ...extended('dependencies', current.dependencies, dependencies),
    ...extended('devDependencies', current.devDependencies, devDependencies),
  };
  return { content: formatLike(text, edited), added, keptScripts };
}

/** `npm init` writes this where there is no test yet. */
const NPM_PLACEHOLDER = 'echo "Error: no test specified" && exit 1';

function withoutPlaceholders(scripts: Manifest['scripts'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(scripts).filter(([, script]) => script !== NPM_PLACEHOLDER));
}

/** Whether `type` may be set: it is absent, or `npm init` wrote it, in a package that depends on nothing yet. */
function mayChangeType({ type, scripts, dependencies = {}, devDependencies = {} }: Manifest): boolean {
  if (Object.keys({ ...dependencies, ...devDependencies }).length > 0) return false;
  return type === undefined || (type !== 'module' && scripts?.test === NPM_PLACEHOLDER);
}

function missingFrom(current: Readonly<Record<string, string>>, wanted: Manifest['scripts'] = {}) {
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !(name in current)));
}

function listed(what: string, values: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(values);
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}

function extended(key: string, current: Manifest['scripts'], missing: Readonly<Record<string, string>>) {
  return Object.keys(missing).length === 0 ? {} : { [key]: { ...current, ...missing } };
}

/** JSON in the indentation, line ends and final newline of the text it replaces. */
function formatLike(text: string, value: unknown): string {
  const indentation = /^[{[]\r?\n([ \t]+)/.exec(text)?.[1] ?? '  ';
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const json = JSON.stringify(value, null, indentation).replaceAll('\n', lineEnd);
  return /\n$/.test(text) || text === '' ? json + lineEnd : json;
}
