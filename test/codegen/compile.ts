import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeTree } from '../support/write-tree.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A project with this package installed, to compile and run TypeScript files in. */
export interface ScratchProject {
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  /** Compiles everything into `dist/`, and returns TypeScript's errors. */
  compile(): Promise<string>;
  /** Runs a compiled file and resolves with what it printed. */
  run(path: string): Promise<string>;
  remove(): Promise<void>;
}

export async function openScratchProject(): Promise<ScratchProject> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-compile-'));
  await installPackages(folder);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  return {
    folder,
    write: (path, text) => writeTree(folder, [[path, text]]),
    compile: () => execute(join(ROOT, 'node_modules/typescript/bin/tsc'), ['-p', folder]).catch(outputOf),
    run: (path) => execute(join(folder, 'dist', path), []),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Every strict option of TypeScript. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    rootDir: 'src',
    outDir: 'dist',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    noFallthroughCasesInSwitch: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    skipLibCheck: true,
  },
  include: ['src'],
};

async function installPackages(folder: string): Promise<void> {
  const modules = join(ROOT, 'node_modules');
  await mkdir(join(folder, 'node_modules'));
  for (const name of await readdir(modules)) {
    if (!name.startsWith('.')) await symlink(join(modules, name), join(folder, 'node_modules', name), 'junction');
  }
  await symlink(ROOT, join(folder, 'node_modules/grpc-stream'), 'junction');
}

async function execute(script: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

function outputOf(error: unknown): string {
  return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
}
