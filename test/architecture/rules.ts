import { type Edge, edgesOf, folderOf, type PackageImport, packageImportsOf, type SourceFile } from './source-tree.js';

/** From the top to the bottom; a folder imports from lower rows only. `index` is `src/index.ts`, the public entry. */
export const RANKS: readonly (readonly string[])[] = [
  ['index', 'bin'],
  // What a program calls, and what a person types.
  ['cli'],
  ['scaffold', 'generator', 'bench', 'report', 'server'],
  // What the command line and Prisma's generator both do to a project.
  ['project'],
  ['codegen', 'testing', 'client', 'seed'],
  ['schema', 'proto', 'runtime'],
  // What a bench measured, and the disk.
  ['results', 'disk'],
  ['model', 'config'],
  ['waits'],
  ['errors'],
];

/** Folders that may import each package. A package that is not here may be imported by nobody. */
export const OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@bomb.sh/tab': ['cli'],
  '@bufbuild/protobuf': ['proto', 'codegen', 'runtime', 'client', 'bench'],
  '@clack/prompts': ['cli'],
  '@grpc/grpc-js': ['runtime', 'client', 'server', 'testing', 'bench'],
  '@observablehq/plot': ['report'],
  '@opentelemetry/api': ['server'],
  '@opentelemetry/sdk-node': ['server'],
  // Its class of decimals alone.
  '@prisma/client': ['runtime'],
  '@prisma/driver-adapter-utils': ['seed', 'bench'],
  '@prisma/generator-helper': ['generator'],
  '@prisma/prisma-schema-wasm': ['schema'],
  '@prisma/schema-engine-wasm': ['seed'],
  c12: ['project'],
  '@grpc/reflection': ['server'],
  chokidar: ['cli'],
  'cli-table3': ['report'],
  commander: ['cli'],
  'csv-stringify': ['report', 'cli'],
  diff: ['cli'],
  'grpc-health-check': ['server'],
  'hyparquet-writer': ['cli'],
  jose: ['server'],
  linkedom: ['report'],
  magicast: ['cli'],
  ora: ['cli'],
  pino: ['runtime'],
  'pino-pretty': ['server'],
  piscina: ['runtime'],
  pluralize: ['proto'],
  prisma: ['project'],
  'prom-client': ['server'],
  semver: ['scaffold', 'cli'],
  'simple-statistics': ['bench'],
  tinybench: ['bench'],
  'ts-proto': ['codegen'],
  tsx: ['project', 'cli', 'bench'],
  yaml: ['scaffold'],
  // Never in `runtime`: what runs for each row or request parses nothing that its types have not parsed.
  zod: ['results', 'config', 'schema', 'proto', 'seed', 'project', 'scaffold', 'bench', 'cli'],
};

/** Imports that point up, sideways, or past the folders of the house. */
export function rankViolations(files: readonly SourceFile[]): string[] {
  return edgesOf(files).flatMap((edge) => {
    const [from, to] = [folderOf(edge.from), folderOf(edge.to)];
    if (from === to) return [];
    const why = wrongStep(from, to);
    return why === undefined ? [] : [`${place(edge)} imports ${edge.to}: ${why}`];
  });
}

function wrongStep(from: string, to: string): string | undefined {
  const [above, below] = [rankOf(from), rankOf(to)];
  if (above < 0) return `${from} has no rank`;
  if (below < 0) return `${to} has no rank`;
  if (from === 'bin' && !['cli', 'generator', 'server'].includes(to))
    return 'a launcher starts the cli, the generator or the health check of the server only';
  if (above === below) return `${from} and ${to} are siblings`;
  return above < below ? undefined : `${from} is below ${to}`;
}

function rankOf(folder: string): number {
  return RANKS.findIndex((row) => row.includes(folder));
}

/** Packages imported by folders that do not own them. */
export function ownerViolations(files: readonly SourceFile[]): string[] {
  return packageImportsOf(files)
    .filter(({ from, name }) => OWNERS[name]?.includes(folderOf(from)) !== true)
    .map((found) => `${place(found)} imports ${found.specifier}, which belongs to ${owners(found)}`);
}

function owners({ name }: PackageImport): string {
  return OWNERS[name]?.join(', ') ?? 'nobody: give it an owner in test/architecture/rules.ts';
}

/** Ways from a file back to itself, each told once. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edgesOf(files)) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  for (const { path } of files) visit(path, []);
  return cycles;

  function visit(path: string, road: readonly string[]): void {
    const start = road.indexOf(path);
    if (start >= 0) cycles.push([...road.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...road, path]);
    done.add(path);
  }
}

/** Imports of files that do not exist. */
export function danglingImports(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  return edgesOf(files)
    .filter(({ to }) => !known.has(to))
    .map((edge) => `${place(edge)} imports ${edge.to}, which does not exist`);
}

function place({ from, line }: Pick<Edge, 'from' | 'line'>): string {
  return `${from}:${line}`;
}
