import { UsageError } from '../../errors/index.js';
import type { Relation, SchemaModel, StreamModel } from '../../model/index.js';
import type { SqlReaderFactory } from '../../runtime/internals/driver-adapter.js';
import { openConnection, type SeedConnection } from '../connection.js';
import { countRows, fieldsNamed, largestValue, readTuples, wholeSchema } from '../tables/table-queries.js';
import { assertSeedable, modelNamed, planRelations, type RelationPlan } from './models-to-seed.js';
import { groupParents, type ParentRows } from './related-rows.js';
import { planUniques } from './unique-plan.js';
import { type SeededTable, type SeedProgress, writeTable } from './write-table.js';

export interface SeedOptions {
  /** A Prisma driver adapter, such as `new PrismaBetterSqlite3({ url })`; the tables must exist. */
  readonly adapter: SqlReaderFactory;
  readonly schema: SchemaModel;
  /** Prisma's name of the model to fill. */
  readonly model: string;
  readonly rows: number;
  /** Average bytes of data in a row, to which free texts are filled. Left out, every column has its natural size. */
  readonly rowBytes?: number;
  /** The same seed makes the same rows: a whole number below 2³². Default 1. */
  readonly seed?: number;
  /** Adds rows to a table that has some already, instead of refusing. Default false. */
  readonly append?: boolean;
  readonly onProgress?: (progress: SeedProgress) => void;
  /** Ends after the batch that is being written: a table never contains part of one. */
  readonly signal?: AbortSignal;
}

/**
 * Fills a model's table with rows that depend only on the seed: readable values within every column's limits, unique where they must be,
 * with parents that exist. Tables that it points to are filled first, with a hundredth of the rows, unless they have rows already.
 *
 * @returns The tables that were filled, parents first.
 * @throws UsageError when the table is not empty; SchemaError when the model cannot be filled; EnvironmentError from the database; the
 * signal's reason after an interrupt.
 *
 * @example
 * await seedModel({ adapter: createAdapter(), schema, model: 'Book', rows: 10_000, rowBytes: 150, seed: 1 });
 */
export async function seedModel({ schema, ...rest }: SeedOptions): Promise<readonly SeededTable[]> {
  const options = { ...rest, schema: wholeSchema(schema) };
  await using connection = await openConnection(options.adapter);
  const seeding: Seeding = { connection, options, relations: planRelations(options.schema), filled: [] };
  const model = modelNamed(options.model, options.schema);
  const present = await countRows(connection, model);
  if (present > 0 && options.append !== true) throw notEmpty(model.name, present);
  await fillTable(seeding, model, { rows: options.rows, present, rowBytes: options.rowBytes });
  return seeding.filled;
}

/**
 * Checks, before anything is written, that the tables are empty unless rows are appended, and that those without rows that they point to
 * can have some.
 *
 * @throws UsageError that names a table that is not empty, SchemaError that names a model that cannot be filled.
 */
export async function assertCanSeed(
  { adapter, append = false, ...options }: Pick<SeedOptions, 'adapter' | 'schema' | 'append'>,
  models: readonly string[],
): Promise<void> {
  await using connection = await openConnection(adapter);
  const schema = wholeSchema(options.schema);
  for (const name of models) {
    const model = modelNamed(name, schema);
    const present = await countRows(connection, model);
    if (present > 0 && !append) throw notEmpty(name, present);
    await assertParents(connection, model, schema, new Set());
  }
}

async function assertParents(
  connection: SeedConnection,
  model: StreamModel,
  schema: SchemaModel,
  seen: Set<string>,
): Promise<void> {
  if (seen.has(model.name)) return;
  seen.add(model.name);
  assertSeedable(model, schema);
  for (const { references } of planRelations(schema).get(model.name)?.parents ?? []) {
    const parent = modelNamed(references.model, schema);
    if ((await countRows(connection, parent)) === 0) await assertParents(connection, parent, schema, seen);
  }
}

function notEmpty(model: string, rows: number): UsageError {
  return new UsageError('seed.not_empty', `the table of model "${model}" has ${rows} rows already`, {
    nextActions: ['add to them with --append, or empty the table first'],
  });
}

/** The filling of one table and of those that it points to, over one connection. */
interface Seeding {
  readonly connection: SeedConnection;
  readonly options: SeedOptions;
  readonly relations: ReadonlyMap<string, RelationPlan>;
  readonly filled: SeededTable[];
}

interface Amount {
  readonly rows: number;
  /** Rows that the table has already. */
  readonly present: number;
  readonly rowBytes?: number | undefined;
}

async function fillTable(seeding: Seeding, model: StreamModel, { rows, present, rowBytes }: Amount): Promise<void> {
  const { connection, options, filled } = seeding;
  const { schema, seed = 1, onProgress, signal } = options;
  assertSeedable(model, schema);
  const relations = seeding.relations.get(model.name) ?? { parents: [], self: [], empty: [] };
  const first = await firstFreeIndex(connection, model, present);
  const uniques = planUniques(model, schema, relations, first + rows);
  const parents: ParentRows[] = [];
  for (const relation of relations.parents) {
    parents.push(
      await prepareParents(seeding, relation, { rows, needed: uniques.parentsNeeded.get(relation.name) ?? 1 }),
    );
  }
  filled.push(
    await writeTable({
      connection,
      model,
      schema,
      seed,
      uniques,
      parents: groupParents(parents),
      self: relations.self,
      first,
      rows,
      rowBytes,
      onProgress,
      signal,
    }),
  );
}

/** Unique values are made from a row's index: new rows continue from the highest index that may have been used. */
async function firstFreeIndex(connection: SeedConnection, model: StreamModel, present: number): Promise<number> {
  if (present === 0) return 0;
  const keys = new Set(model.relations.flatMap((relation) => relation.fields));
  const unique = new Set(model.uniques.flat());
  const numbers = model.fields.filter(
    ({ name, type, list }) =>
      unique.has(name) && !keys.has(name) && !list && type.kind === 'scalar' && /^(Int|BigInt)$/.test(type.scalar),
  );
  let first = present;
  for (const field of numbers) first = Math.max(first, await largestValue(connection, model, field));
  return first;
}

/** Most rows of a table that others choose their parents from: enough variety, little memory. */
const MAX_PARENTS = 10_000;
/** A parent table gets one row for so many rows that point to it. */
const ROWS_PER_PARENT = 100;

/** Makes sure that the table behind a relation has as many rows as needed, and reads their keys. */
async function prepareParents(
  seeding: Seeding,
  relation: Relation,
  { rows, needed }: { readonly rows: number; readonly needed: number },
): Promise<ParentRows> {
  const parent = modelNamed(relation.references.model, seeding.options.schema);
  const present = await countRows(seeding.connection, parent);
  if (present < needed) {
    const wanted = Math.min(MAX_PARENTS, Math.ceil(rows / ROWS_PER_PARENT));
    await fillTable(seeding, parent, { rows: Math.max(needed, wanted) - present, present });
  }
  const keys = fieldsNamed(parent, relation.references.fields);
  const tuples = await readTuples(seeding.connection, parent, keys, Math.max(MAX_PARENTS, needed));
  // A row cannot point to a key that contains null.
  return { relation, tuples: tuples.filter((tuple) => !tuple.includes(null)) };
}
