import { GrpcStreamError, messageOf } from '../../errors/index.js';
import type { Field, ScalarType, StreamModel } from '../../model/index.js';
import { assertUtcSession, isZoned } from '../../runtime/database/session-zone.js';
import { openSqlDatabase } from '../../runtime/database/sql-database.js';
import { tableName } from '../../runtime/database/sql-dialect.js';
import { formSql, oneFormUpdate } from '../../runtime/database/sqlite-dates.js';
import type { SqlDatabase } from '../../runtime/database/stored-rows.js';
import type { ModelField } from '../../runtime/encode/model-field.js';
import { databaseInternals } from '../../runtime/internals/database-internals.js';
import { readerOf } from '../../runtime/internals/driver-adapter.js';
import { grpcInternals, grpcVersion } from '../../runtime/internals/grpc-js.js';
import type { Internal } from '../../runtime/internals/internal.js';
import { extensionsOf } from '../../runtime/internals/prisma-client.js';
import type { Database } from '../../server/index.js';
import { type Finding, findingsOn, ok, warning } from './finding.js';

/** Checks that the installed grpc-js has the undocumented parts that a server uses; without one, a feature is missing. */
export async function checkGrpc(): Promise<Finding[]> {
  const missing = (await grpcInternals()).filter(({ works }) => !works);
  const subject = '@grpc/grpc-js';
  if (missing.length === 0) return [ok(subject, grpcVersion())];
  return missing.map(({ name, means }) =>
    warning(
      subject,
      `${grpcVersion()} has no ${name.replace(/^the /, '')}, so there are no ${means}`,
      'npm install @grpc/grpc-js@~1.14.7',
    ),
  );
}

/** Checks how rows are read, and whether the database holds values that are read wrong in that way. */
export function checkReading(
  { prisma, adapter }: Required<Database<object>>,
  models: readonly StreamModel[],
): Promise<Finding[]> {
  return findingsOn('reads', async () => {
    const database = await openSqlDatabase(adapter);
    return [
      checkRoad(prisma, adapter.provider, database),
      ...missingInternals(await databaseInternals(prisma, await readerOf(adapter))),
      ...(await checkZone(prisma, adapter.provider, models)),
      ...(database && adapter.provider === 'sqlite' ? await checkDates(database, models) : []),
    ];
  });
}

function missingInternals(internals: readonly Internal[]): Finding[] {
  return internals
    .filter(({ works }) => !works)
    .map(({ name, means }) =>
      warning('prisma', `there is no ${name.replace(/^the /, '')}, so there are no ${means}`, UPDATE),
    );
}

function checkRoad(prisma: object, provider: string, database: SqlDatabase | undefined): Finding {
  const subject = 'reads';
  const slower = "through Prisma's client, which is slower";
  if (!database) return warning(subject, `${slower}: the driver of ${provider} is not one that is known`, UPDATE);
  switch (extensionsOf(prisma)) {
    case 'none':
      return ok(subject, 'by SQL over the connections of the driver adapter');
    case 'some':
      return ok(subject, `${slower}: the client has extensions, which may change rows`);
    case 'unknown':
      return warning(subject, `${slower}: this Prisma client does not say whether it has extensions`, UPDATE);
  }
}

const UPDATE = 'update grpc-stream, or take the versions of Prisma and of its adapter that its package.json names';

/** Prisma's client and its adapters read every time as UTC; reads by SQL set their sessions to UTC. */
async function checkZone(prisma: object, provider: string, models: readonly StreamModel[]): Promise<Finding[]> {
  const schemaProvider = provider === 'postgres' ? 'postgresql' : provider;
  const isAsked = models.some(({ fields }) => fields.some((field) => isZoned(modelField(field), schemaProvider)));
  if (!isAsked) return [];
  try {
    await assertUtcSession(prisma, schemaProvider);
    return [ok('time zone', 'sessions are in UTC')];
  } catch (error) {
    const [action = 'see the message'] = error instanceof GrpcStreamError ? error.nextActions : [];
    return [warning('time zone', messageOf(error), action)];
  }
}

/**
 * Checks every date of the columns that streams are ordered by. SQLite compares dates of several forms as texts and numbers, so that a stream
 * may be unable to resume after one of them.
 */
async function checkDates(database: SqlDatabase, models: readonly StreamModel[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const model of models) {
    const ordered = new Set([...model.key.fields, ...model.indexes.flat().map(({ field }) => field)]);
    const dates = model.fields.filter((field) => ordered.has(field.name) && scalarOf(field) === 'DateTime');
    for (const field of dates) findings.push(...(await checkForms(database, model, field)));
  }
  return findings;
}

async function checkForms(database: SqlDatabase, model: StreamModel, { name, column }: Field): Promise<Finding[]> {
  const { dialect, connection } = database;
  const [table, quoted] = [tableName(dialect, connection, model), dialect.quote(column)];
  const read = database.reader([{ name: 'form', number: 1, type: 'String' }]);
  const text = `SELECT DISTINCT ${formSql(quoted)} FROM ${table} WHERE ${quoted} IS NOT NULL`;
  const rows = await read({ text, values: [] }, new AbortController().signal);
  const forms = Array.from({ length: rows.length }, (_, row) => String(rows.clientValue(row, 0)));
  if (forms.length <= 1) return [];
  return [
    warning(
      `dates of ${model.name}.${name}`,
      `are stored in several forms (${forms.sort().join(', ')}); a stream in their order may be unable to resume`,
      `sqlite3 <file> ${JSON.stringify(oneFormUpdate(table, quoted))}`,
    ),
  ];
}

function modelField(field: Field): ModelField {
  const native = field.nativeType === undefined ? {} : { native: field.nativeType };
  return { name: field.name, number: 1, type: scalarOf(field), ...native };
}

function scalarOf({ type }: Field): ScalarType | 'String' {
  return type.kind === 'scalar' ? type.scalar : 'String';
}
