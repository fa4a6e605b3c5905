import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateFiles } from '../../src/codegen/index.js';
import type { SchemaModel } from '../../src/model/index.js';
import {
  emptyLock,
  fileNameOf,
  type ModelFile,
  namesOf,
  propertyOf,
  schemaToProto,
  typeNameOf,
} from '../../src/proto/index.js';
import { closeReader, type StreamService } from '../../src/runtime/index.js';
import { parseSchema } from '../../src/schema/index.js';
import { startLoopbackServer } from '../../src/testing/index.js';
import { NO_CLIENT } from '../exact/support/served-schema.js';
import { sqliteDatabase } from '../exact/support/stored-databases.js';
import { runBuf } from '../support/buf.js';
import { generateCode } from '../support/generated-code.js';
import { askPython, findPython } from '../support/python.js';
import { suiteFolder } from '../support/suite-folder.js';
import { writeTree } from '../support/write-tree.js';
import { openScratchProject } from './compile.js';

/** Words of JavaScript, protobuf, Python and Go, members of every object, plurals, and names of this package's own. */
const WORDS =
  `PlanB Model3D B2B Users users data Sheep Equipment status Status constructor toString valueOf hasOwnProperty isPrototypeOf
  toLocaleString propertyIsEnumerable message Message package service rpc returns stream optional repeated oneof map reserved extend to max
  syntax import def lambda None True False self pass yield from class except elif nonlocal global is as raise with await async del print
  func chan go range type struct interface select Timestamp Date Function Object String Number BigInt Promise Symbol Map Set Error Array Book BookKey BookFilter BookBatch BookSortOrder Buffer Value Struct FieldMask ListValue
  NullValue Any Consistency StringFilter Define Close Enums Streaming messages streamMessages MessageFns DeepPartial reader writer tag end
  length base object order_item OrderItem orderItem ORDER_ITEM A1B2c3 x1 X_1 x_1 a_b a__b aB created_at createdAt IDs URLs APIv2 v2API iOS
  eMail and or not is_null equals in limit after filter order rows batch partitions UNSPECIFIED unspecified none`
    .split(/\s+/)
    .filter((word) => /^[A-Za-z]/.test(word));
const drawn = fc.stringMatching(/^[A-Za-z][A-Za-z\d_]{0,8}$/);
const anyName = fc.oneof({ arbitrary: fc.constantFrom(...WORDS), weight: 4 }, { arbitrary: drawn, weight: 1 });
const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
/** Prisma's client gives both of `Book` and `book` the same property. */
const names = (least: number, most: number) =>
  fc.uniqueArray(anyName, { minLength: least, maxLength: most, selector: lowerFirst });

/** Columns of these names cannot be filtered by. */
const COMBINATIONS = ['and', 'or', 'not'];

interface AnyModel {
  readonly name: string;
  readonly fields: readonly string[];
}
const anySchema = fc
  .record({
    models: fc.uniqueArray(fc.record({ name: anyName, fields: names(1, 6) }), {
      minLength: 12,
      maxLength: 16,
      selector: ({ name }) => lowerFirst(name),
    }),
    enumName: anyName,
    values: fc.uniqueArray(anyName, { minLength: 1, maxLength: 6 }),
  })
  .map(({ models, enumName, values }) => ({
    enumName,
    values,
    // Prisma refuses some names, such as those of JavaScript's keywords.
    models: models.filter(
      (model) => lowerFirst(model.name) !== lowerFirst(enumName) && isAccepted(schemaText([model], enumName, values)),
    ),
  }))
  .filter(({ models }) => models.length > 5);

const python = await findPython();
const foreigners =
  python === undefined ? 'protobufjs (no Python here has gRPC and protoc)' : 'protobufjs and in Python';

describe('any names', () => {
  const folder = suiteFolder();

  it(`go through buf, tsc, a served row, a filter, and clients of other makers: with ${foreigners}`, async () => {
    await fc.assert(
      fc.asyncProperty(anySchema, async ({ models, enumName, values }) => {
        const text = schemaText(models, enumName, values);
        await lint(text);
        await compile(text);
        await serve(text, models, values);
      }),
      { numRuns: 1, endOnFailure: true },
    );
  }, 400_000);

  async function lint(text: string): Promise<void> {
    const { proto } = await generateFiles({ schema: parsed(text), packageName: 'names', lock: emptyLock });
    await rm(join(folder.path, 'proto'), { recursive: true, force: true });
    await writeTree(join(folder.path, 'proto'), proto);
    await copyFile(
      fileURLToPath(new URL('../../templates/base/buf.yaml', import.meta.url)),
      join(folder.path, 'buf.yaml'),
    );
    expect(await runBuf(['lint'], folder.path)).toBe('');
    expect(await runBuf(['build'], folder.path)).toBe('');
  }

  async function compile(text: string): Promise<void> {
    const project = await openScratchProject();
    try {
      const files = await generateFiles({ schema: parsed(text), packageName: 'names', lock: emptyLock });
      for (const [path, code] of files.code) await project.write(`src/generated/${path}`, code);
      for (const [path, code] of files.own) await project.write(`src/${path}`, code);
      await project.write(
        'src/database.ts',
        'export const createPrisma = (): any => undefined;\nexport const createAdapter = (): any => undefined;\n',
      );
      await project.write('src/use.ts', usesOf(files.schema));
      expect(await project.compile()).toBe('');
    } finally {
      await project.remove();
    }
  }
});

/** Every field of the schema has a column of its own name in the database, and each row its own value in it. */
async function serve(text: string, models: readonly AnyModel[], values: readonly string[]): Promise<void> {
  const database = await sqliteDatabase();
  const adapter = database.adapter();
  const code = await generateCode(text, 'names');
  for (const [index, { fields }] of models.entries()) {
    const columns = fields.map((_, column) => `c${column} TEXT NOT NULL`);
    await database.run(`CREATE TABLE t${index} (id INTEGER PRIMARY KEY, state TEXT NOT NULL, ${columns.join(', ')})`);
    const cells = fields.map((_, column) => `'value ${column}'`);
    await database.run(`INSERT INTO t${index} VALUES (7, '${values.at(-1)}', ${cells.join(', ')})`);
  }
  const createServices = await code.load<(options: object) => StreamService[]>('services.ts', 'createServices');
  const createClients = await code.load<(address: string) => object>('client.ts', 'createClients');
  const server = await startLoopbackServer(createServices({ prisma: NO_CLIENT, adapter }));
  const clients = createClients(server.address);
  try {
    const { modelFiles } = schemaToProto(parsed(text), 'names', emptyLock);
    for (const { model, file } of modelFiles) {
      const fields = models.find(({ name }) => name === model.name)?.fields ?? [];
      const expected = fields.map((_, column) => `value ${column}`);
      const stream = (request: object) =>
        rowsOf(
          clients,
          model.delegate === 'close' ? propertyOf({ name: namesOf(model).message }) : model.delegate,
          request,
        );
      const [row = {}] = await stream({});
      const [id, state, ...texts] = Object.values(row);
      expect({ id, texts }).toEqual({ id: 7, texts: expected });
      for (const [property, value] of Object.entries(row)) {
        if (COMBINATIONS.includes(property)) continue;
        expect(await stream({ filter: { [property]: { equals: value } } })).toEqual([row]);
        const none = await stream({ filter: { not: { [property]: { in: [value] } } } });
        expect(none).toEqual([]);
      }
      const foreign = await readForeign(code.protoFolder, file.path, namesOf(model), server.address);
      expect(foreign).toEqual([[7, state, ...expected]]);
    }
    if (python !== undefined) await readWithPython(python, code.protoFolder, modelFiles, models, server.address);
  } finally {
    const close: unknown = Reflect.get(clients, 'close');
    if (typeof close === 'function') close();
    await server.close();
    await closeReader(adapter);
    await database.stop();
    await code.remove();
  }
}

async function rowsOf(clients: object, property: string, request: object): Promise<object[]> {
  const client: { stream(request: object): AsyncIterable<object> } = Reflect.get(clients, property);
  const rows: object[] = [];
  for await (const row of client.stream(request)) rows.push(row);
  return rows;
}

/** What protobufjs reads, which knows nothing of this package. */
async function readForeign(
  protoFolder: string,
  path: string,
  { service, streamRows }: ReturnType<typeof namesOf>,
  address: string,
): Promise<unknown[][]> {
  const definition = await load(path, { includeDirs: [protoFolder], keepCase: true, enums: String, defaults: true });
  const found: unknown = Reflect.get(
    Reflect.get(Reflect.get(loadPackageDefinition(definition), 'names'), 'v1'),
    service,
  );
  const Service = found as new (address: string, credentials: object) => Client;
  const client = new Service(address, credentials.createInsecure());
  try {
    const rows: unknown[][] = [];
    const call: AsyncIterable<object> = Reflect.get(client, streamRows.method).call(client, {});
    for await (const row of call) rows.push(Object.values(row));
    return rows;
  } finally {
    client.close();
  }
}

/** Each row, and how many rows each of its fields finds: with the value that it has, and with any other. */
async function readWithPython(
  python: string,
  protoFolder: string,
  modelFiles: readonly ModelFile[],
  models: readonly AnyModel[],
  address: string,
): Promise<void> {
  const modules = join(protoFolder, '../python');
  await mkdir(modules);
  const image = join(modules, 'image.binpb');
  await runBuf(['build', '--as-file-descriptor-set', '-o', image], protoFolder);
  const paths = ['enums', 'streaming'].map((name) => `names/v1/${name}.proto`);
  const all = [...modelFiles.map(({ file }) => file.path), ...paths];
  await promisify(execFile)('protoc', [`--descriptor_set_in=${image}`, `--python_out=${modules}`, ...all]);
  const services = modelFiles.map(({ model, file }) => {
    const { service, streamRows, message } = namesOf(model);
    const module = file.path.replace(/\.proto$/, '_pb2').replaceAll('/', '.');
    return {
      module,
      fullName: `names.v1.${service}`,
      method: streamRows.method,
      request: streamRows.request,
      row: message,
    };
  });
  const answers = await askPython(python, PYTHON_CLIENT, { modules, address, services });
  expect(answers).toEqual(
    modelFiles.map(({ model, file }) => {
      const fields = models.find(({ name }) => name === model.name)?.fields ?? [];
      const names = file.messages[0]?.fields.map(({ name }) => name) ?? [];
      const filters = names.filter((name) => !COMBINATIONS.includes(name)).map((name) => [name, [1, 0]]);
      return {
        rows: [[7, expect.any(Number), ...fields.map((_, column) => `value ${column}`)]],
        filters: Object.fromEntries(filters),
      };
    }),
  );
}

const PYTHON_CLIENT = fileURLToPath(new URL('any-names-client.py', import.meta.url));

/** What a user's program does with the types: an empty message, a row, and a filter by each field. */
function usesOf(schema: SchemaModel): string {
  const parts = schema.models.map((model, index) => {
    const { message, filter, streamRows } = namesOf(model);
    const properties = model.fields.map(propertyOf).filter((property) => !COMBINATIONS.includes(property));
    const conditions = properties.map((property) => `${property}: { isNull: false }`);
    return {
      imports: `import { ${typeNameOf(message)} as Row${index}, ${filter} as Filter${index}, ${streamRows.request} as Request${index} } from './generated/names/v1/${fileNameOf(model)}.js';`,
      code: `
export const row${index}: Row${index} = Row${index}.fromPartial({});
export const again${index}: Row${index} = Row${index}.decode(Row${index}.encode(row${index}).finish());
export const request${index} = Request${index}.fromPartial({ limit: 1n, filter: { ${conditions.join(', ')} } });
export const filter${index}: Filter${index} | null = request${index}.filter;`,
    };
  });
  return [...parts.map(({ imports }) => imports), ...parts.map(({ code }) => code)].join('\n');
}

function schemaText(models: readonly AnyModel[], enumName: string, values: readonly string[]): string {
  return [
    'datasource db {\n  provider = "sqlite"\n}',
    `enum ${enumName} {\n${values.map((value) => `  ${value}`).join('\n')}\n}`,
    ...models.map(({ name, fields }, index) =>
      [
        `model ${name} {`,
        '  identity Int @id @map("id")',
        `  stateOfIt ${enumName} @map("state")`,
        ...fields.map((field, column) => `  ${field} String @map("c${column}")`),
        `  @@map("t${index}")`,
        '}',
      ].join('\n'),
    ),
  ].join('\n');
}

function isAccepted(text: string): boolean {
  try {
    parsed(text);
    return true;
  } catch {
    return false;
  }
}

function parsed(text: string): SchemaModel {
  return parseSchema([{ path: 's.prisma', content: text }]);
}
