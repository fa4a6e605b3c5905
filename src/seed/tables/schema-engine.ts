import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Prisma's schema engine as wasm: what `prisma db push` runs, without the binary that has to be downloaded. */
export type SchemaEngine = typeof glue.SchemaEngine;

/** Node has it; TypeScript describes it only among the browser's types. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start?(): void } } }>;
};

let loading: Promise<SchemaEngine> | undefined;

/** Instantiates the engine on first use (some 50 ms), once a process. */
export function loadSchemaEngine(): Promise<SchemaEngine> {
  loading ??= instantiate();
  return loading;
}

/** By hand, since the package's own entry imports the `.wasm` file as a module, which Node 20 cannot. */
async function instantiate(): Promise<SchemaEngine> {
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(path.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  return glue.SchemaEngine;
}
