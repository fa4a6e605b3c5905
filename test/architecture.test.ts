import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateFiles } from '../src/codegen/index.js';
import { emptyLock } from '../src/proto/index.js';
import { loadSchema } from '../src/schema/index.js';
import { danglingImports, importCycles, OWNERS, ownerViolations, RANKS, rankViolations } from './architecture/rules.js';
import { packageOf, scanConsole, scanImports } from './architecture/scan-imports.js';
import {
  edgesOf,
  folderOf,
  packageImportsOf,
  ROOT,
  readSourceTree,
  type SourceFile,
} from './architecture/source-tree.js';

const files = readSourceTree('src', 'bin');
const manifest: {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  exports: Record<string, unknown>;
} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const MOST_LINES = 400;
const FEWEST_LINES = 15;

/** A folder's index may list files that are added one at a time, such as the scenarios of the bench. */
function isBeside(importer: string, path: string): boolean {
  return dirname(importer) === dirname(path) && !importer.endsWith('/index.ts');
}

describe('the source tree', () => {
  it('imports downwards only, and never between siblings', () => {
    expect(rankViolations(files)).toEqual([]);
  });

  it('has no folder without a rank', () => {
    const folders = new Set(files.map(({ path }) => folderOf(path)));
    expect([...folders].filter((folder) => !RANKS.flat().includes(folder))).toEqual([]);
  });

  it('imports each package only in its owners', () => {
    expect(ownerViolations(files)).toEqual([]);
  });

  it('imports only packages that package.json declares', () => {
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
    const undeclared = packageImportsOf(files).filter(({ name }) => !(name in declared));
    expect(undeclared.map(({ from, line, specifier }) => `${from}:${line} imports ${specifier}`)).toEqual([]);
  });

  it('has an owner for every dependency, and no dependency that nobody imports', () => {
    const used = new Set(packageImportsOf(files).map(({ name }) => name));
    const dependencies = Object.keys(manifest.dependencies);
    expect(dependencies.filter((name) => !(name in OWNERS)).map((name) => `${name} has no owner`)).toEqual([]);
    const unused = dependencies.filter((name) => !used.has(name));
    expect(unused.map((name) => `${name} is installed and never imported`)).toEqual([]);
  });

  it('has no owner entry for a package that is gone', () => {
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
    expect(Object.keys(OWNERS).filter((name) => !(name in declared))).toEqual([]);
  });

  it('has no import cycle', () => {
    expect(importCycles(files)).toEqual([]);
  });

  it('imports only files that exist', () => {
    expect(danglingImports(files)).toEqual([]);
  });

  it(`has no file of more than ${MOST_LINES} lines`, () => {
    const written = files.filter(({ path }) => !path.includes('/generated/'));
    const sizes = written.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    const tooLong = sizes.filter(({ lines }) => lines > MOST_LINES).map(({ path, lines }) => `${path}: ${lines} lines`);
    expect(tooLong).toEqual([]);
  });

  it(`has no file under ${FEWEST_LINES} lines that only a file beside it imports`, () => {
    const edges = edgesOf(files);
    const small = files.filter(
      ({ path, text }) => !path.endsWith('/index.ts') && text.split('\n').length - 1 < FEWEST_LINES,
    );
    const alone = small.filter(({ path }) => {
      const importers = new Set(edges.filter(({ to }) => to === path).map(({ from }) => from));
      return importers.size === 1 && [...importers].every((from) => isBeside(from, path));
    });
    expect(alone.map(({ path }) => path)).toEqual([]);
  });

  it('writes to the console in the cli only', () => {
    const outside = files.filter(({ path }) => !['cli', 'bin'].includes(folderOf(path)));
    expect(outside.flatMap(({ path, text }) => scanConsole(text).map((line) => `${path}:${line}`))).toEqual([]);
  });

  it('has no folder such as utils or helpers', () => {
    const folders = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.filter((name) => /^(utils?|helpers?|common|misc|shared|lib)$/.test(name))).toEqual([]);
  });
});

describe('generated code', () => {
  it.each([
    ['grpc-stream', manifest],
    ['@grpc-stream/runtime', JSON.parse(readFileSync(join(ROOT, 'dist/runtime-package/package.json'), 'utf8'))],
  ] as const)('imports only public entry points of %s and files of its own project', async (name, { exports }) => {
    const schema = await loadSchema(join(ROOT, 'prisma/schema.prisma'));
    const { code } = await generateFiles({
      schema,
      packageName: 'library',
      lock: emptyLock,
      configImport: '../grpc-stream.config.js',
      runtimePackage: name,
    });
    const publicEntries = Object.keys(exports).map((entry) => entry.replace(/^\./, name));
    const specifiers = [...code].flatMap(([path, text]) => scanImports(text).map((found) => ({ path, ...found })));
    expect(specifiers.length).toBeGreaterThan(10);
    const foreign = specifiers.filter(
      ({ specifier }) => !specifier.startsWith('.') && !publicEntries.includes(specifier),
    );
    expect(foreign.map(({ path, line, specifier }) => `${path}:${line} imports ${specifier}`)).toEqual([]);
  });
});

describe('the scanner', () => {
  const specifiers = (source: string) => scanImports(source).map(({ specifier }) => specifier);

  it('finds every way to import', () => {
    const source = [
      "import a, { b } from './a.js';",
      "import type { C } from './c.js';",
      "import './side-effect.js';",
      "export { d } from './d.js';",
      "export type * from './e.js';",
      "const f = await import('./f.js');",
      "type G = import('./g.js').G;",
      "const path = createRequire(import.meta.url).resolve('some-package/file');",
      'import {\n  h,\n} from "./h.js";',
    ].join('\n');
    expect(specifiers(source)).toEqual([
      './a.js',
      './c.js',
      './side-effect.js',
      './d.js',
      './e.js',
      './f.js',
      './g.js',
      'some-package/file',
      './h.js',
    ]);
    expect(scanImports(source).at(-1)?.line).toBe(11);
  });

  it('ignores comments, strings, templates and regular expressions', () => {
    const source = [
      "// import './comment.js'",
      "/* from './block.js' */",
      'const line = "import x from \'./string.js\'";',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the text that is scanned
      "const code = `import y from './template.js'; ${call({ a: `from './inner.js'` })} from './after.js'`;",
      'const pattern = /[`/\'"]/.test(text);',
      "import real from './real.js';",
    ].join('\n');
    expect(specifiers(source)).toEqual(['./real.js']);
  });

  it('finds imports inside what a template evaluates', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the text that is scanned
    expect(specifiers("const text = `${await import('./inside.js')}`;")).toEqual(['./inside.js']);
  });

  it('finds calls of the console, and not the word', () => {
    expect(scanConsole("// console.log\nconst a = 'console.log';\nconsole.error(a);")).toEqual([3]);
  });

  it('knows a package by its specifier', () => {
    expect(['@a/b/c', 'a/b', 'a', './a', 'node:fs'].map(packageOf)).toEqual(['@a/b', 'a', 'a', undefined, undefined]);
  });
});

describe('a planted violation', () => {
  const file = (path: string, ...lines: string[]): SourceFile => ({ path, text: lines.join('\n') });

  it('is found when it points up', () => {
    const planted = [file('src/runtime/a.ts', '', "import { b } from '../cli/b.js';"), file('src/cli/b.ts')];
    expect(rankViolations(planted)).toEqual(['src/runtime/a.ts:2 imports src/cli/b.ts: runtime is below cli']);
  });

  it('is found when siblings import each other', () => {
    const planted = [file('src/client/a.ts', "export * from '../testing/b.js';"), file('src/testing/b.ts')];
    expect(rankViolations(planted)).toEqual([
      'src/client/a.ts:1 imports src/testing/b.ts: client and testing are siblings',
    ]);
  });

  it('is found when a folder has no rank', () => {
    const planted = [file('src/cli/a.ts', "import '../magic/b.js';"), file('src/magic/b.ts')];
    expect(rankViolations(planted)).toEqual(['src/cli/a.ts:1 imports src/magic/b.ts: magic has no rank']);
  });

  it('is found when a folder imports a package of another owner', () => {
    const planted = [file('src/runtime/a.ts', "import ora from 'ora';", "import x from 'left-pad';")];
    expect(ownerViolations(planted)).toEqual([
      'src/runtime/a.ts:1 imports ora, which belongs to cli',
      'src/runtime/a.ts:2 imports left-pad, which belongs to nobody: give it an owner in test/architecture/rules.ts',
    ]);
  });

  it('is found when files import each other in a circle', () => {
    const planted = [
      file('src/cli/a.ts', "import './b.js';"),
      file('src/cli/b.ts', "import type { C } from './c.js';"),
      file('src/cli/c.ts', "const a = () => import('./a.js');"),
    ];
    expect(importCycles(planted)).toEqual(['src/cli/a.ts → src/cli/b.ts → src/cli/c.ts → src/cli/a.ts']);
  });

  it('is found when an imported file does not exist', () => {
    expect(danglingImports([file('src/cli/a.ts', "import './gone.js';")])).toEqual([
      'src/cli/a.ts:1 imports src/cli/gone.ts, which does not exist',
    ]);
  });
});
