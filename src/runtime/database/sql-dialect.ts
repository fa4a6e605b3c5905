import type { SqlReader } from '../internals/driver-adapter.js';

/** The SQL of one database, where it differs from that of others. */
export interface SqlDialect {
  /** Quotes the name of a table or a column. */
  quote(name: string): string;
  /** The marker of the n-th parameter, from 1. */
  mark(position: number): string;
  /** Most parameters of a statement, for a driver adapter that does not say so. */
  readonly maxParameters: number;
  /** Inserts the number that the database generates for a row. */
  readonly generatedNumber: string;
  /** Lists the `kind` ("table" or "enum") and the `name` of what the database holds. */
  readonly listNames: string;
  /** Whether tables are in the namespace that the connection names. `listNames` then takes one parameter: a namespace, or null for that one. */
  readonly hasNamespaces: boolean;
  /** Whether `(a, b) > (?, ?)` reads an index from there on, rather than all of it. */
  readonly walksTuples: boolean;
  /** The native types whose values its drivers return as Prisma's client reads them, as tests have proved; undefined for all. */
  readonly plainTypes: ReadonlySet<string> | undefined;
}

/** The dialect behind a driver adapter, by Prisma's name of its provider; undefined where no test has proved any. */
export function sqlDialectOf(provider: string): SqlDialect | undefined {
  return dialects.get(provider);
}

/** A table as statements name it: in the database schema that its model names, or else in the one that the connection names. */
export function tableName(
  { quote, hasNamespaces }: SqlDialect,
  connection: Pick<SqlReader, 'getConnectionInfo'>,
  { table, schema }: { readonly table: string; readonly schema?: string | undefined },
): string {
  const namespace = schema ?? (hasNamespaces ? connection.getConnectionInfo?.().schemaName : undefined);
  return namespace === undefined ? quote(table) : `${quote(namespace)}.${quote(table)}`;
}

const doubleQuoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const sqlite: SqlDialect = {
  quote: doubleQuoted,
  mark: () => '?',
  // SQLite before 3.32; later ones allow 32,766.
  maxParameters: 999,
  generatedNumber: 'NULL',
  listNames: `SELECT 'table' AS kind, name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`,
  hasNamespaces: false,
  walksTuples: true,
  plainTypes: undefined,
};

const postgres: SqlDialect = {
  quote: doubleQuoted,
  mark: (position) => `$${position}`,
  // Prisma's own limit; the protocol counts parameters in 16 bits.
  maxParameters: 32_766,
  generatedNumber: 'DEFAULT',
  listNames: `
    SELECT 'table' AS kind, table_name::text AS name FROM information_schema.tables
    WHERE table_schema = coalesce($1::text, current_schema()::text) AND table_type = 'BASE TABLE'
    UNION ALL
    SELECT 'enum', typname::text FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace
    WHERE typtype = 'e' AND nspname = coalesce($1::text, current_schema()::text)`,
  hasNamespaces: true,
  walksTuples: true,
  // Others are cast in the SQL of Prisma's client.
  plainTypes: new Set([
    ...['Text', 'VarChar', 'Char', 'Uuid', 'Boolean', 'SmallInt', 'Integer', 'BigInt', 'DoublePrecision', 'Decimal'],
    ...['Timestamp', 'Timestamptz', 'Date', 'Json', 'JsonB', 'ByteA'],
  ]),
};

const mysql: SqlDialect = {
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  mark: () => '?',
  maxParameters: 65_535,
  generatedNumber: 'DEFAULT',
  listNames: `
    SELECT 'table' AS kind, table_name AS name FROM information_schema.tables
    WHERE table_schema = database() AND table_type = 'BASE TABLE'`,
  hasNamespaces: false,
  // Neither MySQL nor MariaDB makes a range of it: they would look at every row before.
  walksTuples: false,
  plainTypes: new Set([
    ...['VarChar', 'Char', 'TinyText', 'Text', 'MediumText', 'LongText'],
    ...['TinyInt', 'SmallInt', 'MediumInt', 'Int', 'UnsignedInt', 'BigInt', 'Double', 'Float', 'Decimal'],
    ...['DateTime', 'Timestamp', 'Date', 'Json'],
    ...['Binary', 'VarBinary', 'TinyBlob', 'Blob', 'MediumBlob', 'LongBlob'],
  ]),
};

const dialects: ReadonlyMap<string, SqlDialect> = new Map(Object.entries({ sqlite, postgres, mysql }));
