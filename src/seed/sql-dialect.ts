import type { Provider, SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { EnvironmentError } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';

/** How one family of databases writes what we ask of it. */
export interface SqlDialect {
  /** A name of a table or a column, quoted. */
  quote(name: string): string;
  /** The marker of the nth bound value, counted from 1. */
  placeholder(position: number): string;
  /** Most bound values that one statement may carry. */
  readonly maxBindValues: number;
  /** What stands for a number that the database gives by itself. */
  readonly numbered: string;
  /** Lists `kind` ("table" or "enum") and `name` of what the database holds. */
  readonly listNames: string;
  /** `listNames` takes one bound value: the namespace to look in, or null for the connection's own. */
  readonly hasNamespaces: boolean;
}

/** The dialect behind a driver adapter. */
export function dialectOf(provider: Provider): SqlDialect {
  const dialect = dialects[provider];
  if (dialect) return dialect;
  throw new EnvironmentError(
    'database.unsupported',
    `${provider} is not among the databases that rows can be seeded in`,
  );
}

/** A model's table as statements name it, in the namespace that the adapter was told to work in. */
export function tableIn(connection: SqlDriverAdapter, { table }: StreamModel): string {
  const { quote } = dialectOf(connection.provider);
  const schema = connection.getConnectionInfo?.().schemaName;
  return schema ? `${quote(schema)}.${quote(table)}` : quote(table);
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const dialects: Readonly<Record<Provider, SqlDialect | undefined>> = {
  sqlite: {
    quote: quoted,
    placeholder: () => '?',
    /** `SQLITE_MAX_VARIABLE_NUMBER` of builds before 3.32; later ones allow 32,766. */
    maxBindValues: 999,
    numbered: 'NULL',
    listNames: `SELECT 'table' AS kind, name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`,
    hasNamespaces: false,
  },
  postgres: {
    quote: quoted,
    placeholder: (position) => `$${position}`,
    /** The protocol counts parameters in 16 bits. */
    maxBindValues: 32_766,
    numbered: 'DEFAULT',
    listNames: `
      SELECT 'table' AS kind, table_name::text AS name FROM information_schema.tables
      WHERE table_schema = coalesce($1::text, current_schema()::text) AND table_type = 'BASE TABLE'
      UNION ALL
      SELECT 'enum', typname::text FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace
      WHERE typtype = 'e' AND nspname = coalesce($1::text, current_schema()::text)`,
    hasNamespaces: true,
  },
  mysql: {
    quote: (name) => `\`${name.replaceAll('`', '``')}\``,
    placeholder: () => '?',
    maxBindValues: 65_535,
    numbered: 'DEFAULT',
    listNames: `
      SELECT 'table' AS kind, table_name AS name FROM information_schema.tables
      WHERE table_schema = database() AND table_type = 'BASE TABLE'`,
    hasNamespaces: false,
  },
  sqlserver: undefined,
};
