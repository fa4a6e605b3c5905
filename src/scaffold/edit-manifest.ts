import { type Manifest, parseManifest } from './manifest.js';

/** A user's `package.json` with what was missing added. */
export interface ManifestEdit {
  /** Equal to the original text when nothing was missing. */
  readonly content: string;
  /** What was added, such as `scripts generate, seed`. */
  readonly added: readonly string[];
  /** Scripts of the same name that are the user's own, and stay. */
  readonly keptScripts: readonly string[];
}

/** Adds the scripts and dependencies that a `package.json` lacks; what it has stays, and so does its indentation. */
export function editManifest(text: string, path: string, wanted: Manifest): ManifestEdit {
  const current = parseManifest(text, path);
  const scripts = missingFrom(withoutPlaceholders(current.scripts), wanted.scripts);
  const installed = { ...current.dependencies, ...current.devDependencies };
  const dependencies = missingFrom(installed, wanted.dependencies);
  const devDependencies = missingFrom(installed, wanted.devDependencies);
  const type = isModuleAtWill(current) ? wanted.type : undefined;
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

/** What `npm init` writes where there is no test yet: nobody chose it. */
const NPM_PLACEHOLDER = 'echo "Error: no test specified" && exit 1';

function withoutPlaceholders(scripts: Manifest['scripts'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(scripts).filter(([, script]) => script !== NPM_PLACEHOLDER));
}

/** `type` is ours to set when it is absent or, in an untouched `npm init`, nobody's choice. */
function isModuleAtWill({ type, scripts }: Manifest): boolean {
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
export function formatLike(text: string, value: unknown): string {
  const indentation = /^[{[]\r?\n([ \t]+)/.exec(text)?.[1] ?? '  ';
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const json = JSON.stringify(value, null, indentation).replaceAll('\n', lineEnd);
  return /\n$/.test(text) || text === '' ? json + lineEnd : json;
}
