// Writes dist/commonjs: what `require('grpc-stream/runtime')` finds.
//
// There is one build, in ES modules, so that no process has two copies of a class: Node's `require` loads it (from Node 20.19 and 22.12,
// as no module here has a top-level `await`), and what is written here passes it on. TypeScript takes a declaration for CommonJS only from
// a folder that is CommonJS, so the declarations that the entries need are copied to one.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';

const MODULES = 'dist/src';
const COMMONJS = 'dist/commonjs';

rmSync(COMMONJS, { recursive: true, force: true });
mkdirSync(COMMONJS, { recursive: true });
writeFileSync(join(COMMONJS, 'package.json'), '{ "type": "commonjs" }\n');

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const declarations = new Set();
for (const entry of Object.values(exports)) {
  if (entry.require === undefined) continue;
  const path = relative(MODULES, entry.import.default);
  addDeclaration(path.replace(/\.js$/, '.d.ts'));
  const forwarder = join(COMMONJS, path);
  mkdirSync(dirname(forwarder), { recursive: true });
  writeFileSync(forwarder, `module.exports = require('${relative(dirname(forwarder), join(MODULES, path))}');\n`);
}
for (const path of declarations) {
  mkdirSync(dirname(join(COMMONJS, path)), { recursive: true });
  copyFileSync(join(MODULES, path), join(COMMONJS, path));
}

/** Adds a declaration and, through its relative imports, those that it needs. */
function addDeclaration(path) {
  if (declarations.has(path)) return;
  declarations.add(path);
  const text = readFileSync(join(MODULES, path), 'utf8');
  for (const [, specifier] of text.matchAll(/^(?! \*).*(?:from|import\() ?['"](\.[^'"]+)\.js['"]/gm))
    addDeclaration(join(dirname(path), `${specifier}.d.ts`));
}
