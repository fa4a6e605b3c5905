import type { SchemaModel, StreamModel } from '../../model/index.js';
import type { Project } from '../../project/load-project.js';
import {
  type DisconnectablePrisma,
  loadDatabase,
  openProjectDatabase,
  prismaReason,
} from '../../project/project-database.js';
import { explainDatabase } from '../../runtime/database/explain-failure.js';
import { closeReader } from '../../runtime/index.js';
import { databaseCheck } from '../../server/database-health.js';
import { type Database, openDatabase } from '../../server/index.js';
import { checkReading } from './check-reading.js';
import { type Finding, findingsOn, ok, problem } from './finding.js';

/** Checks that the database, and its replica where there is one, answer and have a table for every model that streams. */
export async function checkDatabase(project: Project, { models }: SchemaModel): Promise<Finding[]> {
  const database = await findingsOn('database', async () =>
    checkTables('database', await openProjectDatabase(project, { mustExist: true }), models),
  );
  if (!process.env.DATABASE_REPLICA_URL) return database;
  const replica = await findingsOn('replica', async () => {
    const { replica } = openDatabase(await loadDatabase(project));
    return replica ? checkTables('replica', replica, models) : [];
  });
  return [...database, ...replica];
}

async function checkTables(
  name: 'database' | 'replica',
  { prisma, adapter }: Required<Database<DisconnectablePrisma>>,
  models: readonly StreamModel[],
): Promise<Finding[]> {
  const { check, close } = databaseCheck(adapter);
  try {
    await check(new AbortController().signal);
    const tables = await Promise.all(models.map((model) => checkTable(prisma, model, adapter.provider !== 'mysql')));
    const reading = tables.every(({ level }) => level === 'ok') ? await checkReading({ prisma, adapter }, models) : [];
    return [ok(name, 'answers'), ...tables, ...reading];
  } catch (error) {
    const url = name === 'replica' ? 'DATABASE_REPLICA_URL' : 'DATABASE_URL';
    const { reason, nextActions } = explainDatabase(error, { url });
    return [problem(name, reason, nextActions[0] ?? `check ${url}`)];
  } finally {
    await close();
    await closeReader(adapter);
    await prisma.$disconnect();
  }
}

const PUSH = 'npx prisma db push';

/** @param madeHere Whether `seed` can make the tables of this database. */
async function checkTable(
  prisma: object,
  { name, delegate, table, key }: StreamModel,
  madeHere: boolean,
): Promise<Finding> {
  const model: unknown = Reflect.get(prisma, delegate);
  if (!hasFindFirst(model))
    return problem(`model ${name}`, 'the generated Prisma client does not have it', 'npx grpc-stream generate');
  try {
    const select = Object.fromEntries(key.fields.map((field) => [field, true]));
    const row = await model.findFirst({ select });
    return ok(`table ${table}`, row === null ? 'is there, and empty' : 'is there, and holds rows');
  } catch (error) {
    return problem(`table ${table}`, prismaReason(error), madeHere ? `${PUSH}, or npx grpc-stream seed` : PUSH);
  }
}

interface FindFirst {
  findFirst(args: object): Promise<unknown>;
}

function hasFindFirst(value: unknown): value is FindFirst {
  return value instanceof Object && typeof Reflect.get(value, 'findFirst') === 'function';
}
