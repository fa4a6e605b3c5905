import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateFiles } from '../../src/codegen/index.js';
import { emptyLock } from '../../src/proto/index.js';
import { parseSchema } from '../../src/schema/index.js';
import { writeTree } from './write-tree.js';

/** Code generated from a schema, over the runtime's source. */
export interface GeneratedCode {
  /** Imports something from a generated file, such as `Book` from `library/v1/book.ts`; its type is the caller's word. */
  load<T>(path: string, name: string): Promise<T>;
  /** The folder of its `.proto` files. */
  readonly protoFolder: string;
  remove(): Promise<void>;
}

const runtime = fileURLToPath(new URL('../../src/runtime/index.ts', import.meta.url));
const client = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url));

/** Generates code into a folder of its own. */
export async function generateCode(schema: string, packageName: string): Promise<GeneratedCode> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-generated-'));
  const files = await generateFiles({
    schema: parseSchema([{ path: 'schema.prisma', content: schema }]),
    packageName,
    lock: emptyLock,
  });
  const protoFolder = join(folder, 'proto');
  await writeTree(protoFolder, files.proto);
  const code = [...files.code].map(([path, text]) => [join('generated', path), text] as const);
  await writeTree(
    folder,
    [...code, ...files.own].map(([path, text]) => [path, withSource(text)]),
  );
  return {
    protoFolder,
    load: async (path, name) => (await import(/* @vite-ignore */ join(folder, 'generated', path)))[name],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Imports this package from its source, not as it was built. */
function withSource(text: string): string {
  return text
    .replace(/(['"])grpc-stream\/runtime\1/g, JSON.stringify(runtime))
    .replace(/(['"])grpc-stream\/client\1/g, JSON.stringify(client));
}
