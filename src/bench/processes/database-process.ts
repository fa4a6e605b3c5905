/** The database's process: makes the scratch table, and computes the rows and checksums that streams must have. */
import { z } from 'zod';
import { EnvironmentError } from '../../errors/index.js';
import type { DatabaseProvider, SchemaModel, StreamModel } from '../../model/index.js';
import { loadStreamedSchema } from '../../project/streamed-schema.js';
import { isReaderFactory, type SqlReaderFactory } from '../../runtime/internals/driver-adapter.js';
import { readSchemaFiles, type SchemaFile } from '../../schema/index.js';
import { createTables, modelNamed, seedModel } from '../../seed/index.js';
import { expectedRows } from '../database/expected-rows.js';
import { countRowsOf } from '../database/find-many.js';
import { encodeQuery, tableQueries } from '../database/table-queries.js';
import { loadCodec, loadDatabaseModule, loadRowsMethod, type PrismaLike, type SentTarget } from '../database/target.js';
import type { ExpectedRows } from '../executor.js';
import { databaseOperations } from './protocol.js';
import { handle, reportProgress, serveParent } from './serve-parent.js';

/** Enough to estimate the size of rows. */
const SAMPLE_ROWS = 1000;

serveParent([
  handle(databaseOperations.sizeTable, async ({ target }) => {
    const { model, enums, codec } = await loadTarget(target);
    const prisma = (await loadDatabaseModule(target.modules)).createPrisma();
    try {
      const { whole } = await expectedRows({ prisma, model, enums, encode: codec.encode, maxRows: SAMPLE_ROWS });
      assertFilled(whole, model);
      return { rows: await countRowsOf(prisma, model), rowBytes: Math.ceil(whole.bytes / whole.rows) };
    } finally {
      await prisma.$disconnect();
    }
  }),
  handle(databaseOperations.prepareTable, async ({ target, fill, maxRows, prefixes, queryRows }) => {
    const { schema, model, enums, codec } = await loadTarget(target);
    const database = await loadDatabaseModule(target.modules);
    if (fill) {
      const files = await readSchemaFiles(target.schemaPath);
      await fillTable(adapterSchema.parse(database.createAdapter()), { schema, files, model: model.name, ...fill });
    }
    const prisma = database.createPrisma();
    try {
      const { encode } = codec;
      const { whole, prefixes: parts } = await expectedRows({ prisma, model, enums, encode, maxRows, prefixes });
      assertFilled(whole, model);
      const reading = { prisma, model, enums, encode, prefixes };
      const { queries, notes } =
        queryRows === null
          ? { queries: [], notes: [] }
          : await preparedQueries(target, { ...reading, provider: schema.provider, rows: queryRows });
      return {
        whole,
        prefixes: [...parts],
        queries,
        queryNotes: [...notes],
        model,
        enums: [...enums],
        provider: schema.provider,
        version: await databaseVersion(prisma, schema.provider),
      };
    } finally {
      await prisma.$disconnect();
    }
  }),
]);

interface QueriesOptions extends Omit<Parameters<typeof expectedRows>[0], 'maxRows'> {
  readonly provider: DatabaseProvider;
  readonly rows: number;
}

/** The table's queries as requests, with the rows that the database itself finds for them. */
async function preparedQueries(target: SentTarget, options: QueriesOptions) {
  const { model, rows } = options;
  const { queries, notes } = await tableQueries(options);
  const method = queries.length === 0 ? undefined : await loadRowsMethod(target.modules, model);
  const prepared = [];
  for (const query of queries) {
    const { name, where, orderBy } = query;
    const { whole, prefixes } = await expectedRows({ ...options, maxRows: rows, where, orderBy });
    const expected = [...prefixes.filter((prefix) => prefix.rows < whole.rows), whole];
    prepared.push({ name, request: encodeQuery(method, query), expected });
  }
  return { queries: prepared, notes };
}

/** The model with the names that it has in the API, and the codec that was generated for it. */
async function loadTarget(target: SentTarget) {
  const schema = await loadStreamedSchema(target);
  const model = modelNamed(target.model, schema);
  return { schema, model, enums: schema.enums, codec: await loadCodec(target.modules, model) };
}

const adapterSchema = z.custom<SqlReaderFactory>(isReaderFactory);

interface FillOptions {
  readonly schema: SchemaModel;
  readonly files: readonly SchemaFile[];
  readonly model: string;
  readonly rows: number;
  readonly rowBytes: number;
  readonly seed: number;
}

async function fillTable(adapter: SqlReaderFactory, options: FillOptions): Promise<void> {
  const { files, ...seeding } = options;
  await createTables({ adapter, schemaFiles: files });
  await seedModel({ adapter, ...seeding, onProgress: ({ rows, total }) => reportProgress(rows, total) });
}

function assertFilled({ rows }: ExpectedRows, model: StreamModel): void {
  if (rows > 0) return;
  throw new EnvironmentError('bench.empty_table', `the table of ${model.name} is empty: there is nothing to stream`, {
    nextActions: [`fill it with \`npx grpc-stream seed --model ${model.name} --rows 100000\``],
  });
}

const versionQueries: Readonly<Partial<Record<DatabaseProvider, string>>> = {
  sqlite: 'SELECT sqlite_version() AS version',
  postgresql: 'SHOW server_version',
  cockroachdb: 'SELECT version() AS version',
  mysql: 'SELECT version() AS version',
};

async function databaseVersion(prisma: PrismaLike, provider: DatabaseProvider): Promise<string> {
  const query = versionQueries[provider];
  if (query === undefined) return 'unknown';
  const [row] = z.array(z.record(z.string(), z.string())).parse(await prisma.$queryRawUnsafe(query));
  return Object.values(row ?? {})[0] ?? 'unknown';
}
