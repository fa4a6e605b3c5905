import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Import, packageOf, scanImports } from './scan-imports.js';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A source file: its path from the repository's root, with slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file under the folders given. */
export function readSourceTree(...folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** An import from one file to another of the tree. */
export interface Edge extends Import {
  readonly from: string;
  readonly to: string;
}

/** The relative imports of the files, resolved: `./b.js` in `src/a.ts` leads to `src/b.ts`. */
export function edgesOf(files: readonly SourceFile[]): Edge[] {
  return files.flatMap(({ path, text }) =>
    scanImports(text)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map((found) => ({
        ...found,
        from: path,
        to: normalize(join(dirname(path), found.specifier))
          .replaceAll('\\', '/')
          .replace(/\.js$/, '.ts'),
      })),
  );
}

/** A package that a file imports. */
export interface PackageImport extends Import {
  readonly from: string;
  readonly name: string;
}

export function packageImportsOf(files: readonly SourceFile[]): PackageImport[] {
  return files.flatMap(({ path, text }) =>
    scanImports(text).flatMap((found) => {
      const name = packageOf(found.specifier);
      return name === undefined ? [] : [{ ...found, from: path, name }];
    }),
  );
}

/** `src/cli/commands/bench.ts` → `cli`; `src/index.ts` → `index`; `bin/x.ts` → `bin`. */
export function folderOf(path: string): string {
  const [top = '', folder = ''] = path.split('/');
  return top === 'bin' ? 'bin' : folder.replace(/\.ts$/, '');
}
