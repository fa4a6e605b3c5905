import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateFiles } from '../../src/codegen/index.js';
import { emptyLock, parseFieldLock } from '../../src/proto/index.js';
import { parseSchema } from '../../src/schema/index.js';
import type { LargeProduct } from '../schema/large-products/products.js';
import { runBuf } from '../support/buf.js';
import { writeTree } from '../support/write-tree.js';
import { openScratchProject } from './compile.js';

/** What is wrong with the code of some products; everything is empty when nothing is. */
export interface ProductProblems {
  /** Models that are left out, or a number of models that is not the product's. */
  readonly generate: readonly string[];
  /** Products whose second generation is not the first to the byte. */
  readonly again: readonly string[];
  readonly lint: string;
  readonly compile: string;
}

const RULES = fileURLToPath(new URL('../../templates/base/buf.yaml', import.meta.url));

const DATABASE = `
export const createPrisma = (): any => undefined;
export const createAdapter = (): any => undefined;
`;

/** Generates each product, lints all protos in one run of buf, and compiles all code in one run of TypeScript with every strict option. */
export async function problemsOf(products: readonly LargeProduct[]): Promise<ProductProblems> {
  const project = await openScratchProject();
  try {
    const generate: string[] = [];
    const again: string[] = [];
    for (const product of products) {
      const schema = parseSchema([{ path: `${product.name}.prisma`, content: product.schema() }]);
      const options = { schema, packageName: product.name };
      const files = await generateFiles({ ...options, lock: emptyLock });
      generate.push(...differences(product, files.schema));
      const lock = parseFieldLock(files.proto.get('grpc-stream.lock.json') ?? '', 'lock');
      const second = await generateFiles({ ...options, lock });
      if (textOf(second) !== textOf(files) || second.apiChanges.length > 0) again.push(product.name);
      await writeTree(join(project.folder, 'proto'), files.proto);
      const code = [...files.code].map(([path, text]) => [`generated/${path}`, text] as const);
      await writeTree(join(project.folder, 'src', product.name), [...code, ...files.own, ['database.ts', DATABASE]]);
    }
    await copyFile(RULES, join(project.folder, 'buf.yaml'));
    return { generate, again, lint: await runBuf(['lint'], project.folder), compile: await project.compile() };
  } finally {
    await project.remove();
  }
}

type Generated = Awaited<ReturnType<typeof generateFiles>>;

function differences(product: LargeProduct, { models, skipped }: Generated['schema']): string[] {
  const names = skipped.filter(({ name }) => !product.skipped.includes(name)).map(({ reason }) => reason);
  const [expected, found] = [product.models - product.skipped.length, models.length];
  const count = expected === found ? [] : [`has ${found} models instead of ${expected}`];
  return [...names, ...count].map((problem) => `${product.name}: ${problem}`);
}

function textOf({ proto, code }: Generated): string {
  return JSON.stringify([[...proto], [...code]]);
}
