// Writes dist/commonjs: what `require('grpc-stream/runtime')` finds.
//
// There is one build, in ES modules, so that no process has two copies of a class: Node's `require` loads it (from Node 20.19 and 22.12,
// as no module here has a top-level `await`), and what is written here passes it on. TypeScript takes a declaration for CommonJS only from
// a folder that is CommonJS, so the declarations that the entries need are copied to one.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';

const MODULES = 'dist/src';
const COMMONJS = 'dist/commonjs';

/** Writes the entries for CommonJS of the package in a folder. */
export function writeCommonJs(folder) {
  const [modules, commonjs] = [join(folder, MODULES), join(folder, COMMONJS)];
  rmSync(commonjs, { recursive: true, force: true });
  mkdirSync(commonjs, { recursive: true });
  writeFileSync(join(commonjs, 'package.json'), '{ "type": "commonjs" }\n');
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const declarations = new Set();
  for (const entry of Object.values(exports)) {
    if (entry.require === undefined) continue;
    addDeclaration(modules, relative(MODULES, entry.import.types), declarations);
    const forwarder = join(folder, entry.require.default);
    mkdirSync(dirname(forwarder), { recursive: true });
    const module = relative(dirname(forwarder), join(folder, entry.import.default));
    writeFileSync(forwarder, `module.exports = require('${module}');\n`);
  }
  for (const path of declarations) {
    mkdirSync(dirname(join(commonjs, path)), { recursive: true });
    copyFileSync(join(modules, path), join(commonjs, path));
  }
}

/** Adds a declaration and, through its relative imports, those that it needs. */
function addDeclaration(modules, path, declarations) {
  if (declarations.has(path)) return;
  declarations.add(path);
  const text = readFileSync(join(modules, path), 'utf8');
  for (const [, specifier] of text.matchAll(/^(?! \*).*(?:from|import\() ?['"](\.[^'"]+)\.js['"]/gm))
    addDeclaration(modules, join(dirname(path), `${specifier}.d.ts`), declarations);
}

if (process.argv[1] === import.meta.filename) writeCommonJs('.');
