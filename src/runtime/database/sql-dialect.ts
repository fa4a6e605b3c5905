import { StreamError } from '../../errors/index.js';
import { dateToTimestamp, formatTimestamp, snakeCase } from '../../model/index.js';
import type { ModelField } from '../encode/model-field.js';
import type { SqlReader } from '../internals/driver-adapter.js';

/**
 * A column's value in the form in which the driver accepts it unchanged as a parameter: a stream resumes after such values, and the database
 * itself compares them. NULL is null.
 */
export type StoredValue = unknown;

/** How SQL is written for a database, and how values are passed to it. */
export interface SqlDialect {
  /** Quotes the name of a table or a column. */
  quote(name: string): string;
  /** The marker of the n-th parameter, from 1. */
  mark(position: number): string;
  /**
   * A condition that every row meets, and that ends the query when nobody waits for its rows any more. It costs little. Undefined where the
   * database itself cancels queries.
   */
  readonly goesOn?: string;
  /** The most parameters of a statement, for a driver adapter that does not tell. */
  readonly maxParameters: number;
  /** Stands in an INSERT for the number that the database generates. */
  readonly generatedNumber: string;
  /** Lists the tables and enums of the database: `kind` ("table" or "enum") and `name`. */
  readonly listNames: string;
  /** Whether tables are in the namespace that the connection names. `listNames` then takes one parameter: a namespace, or null for that one. */
  readonly hasNamespaces: boolean;
  /**
   * The condition with which the database walks an index from a place on: `(a, b) > (?, ?)`, or alternatives such as `(a = ? AND b > ?) OR a
   * > ?`. With the other one it reads every row before the place, or sorts all rows after it.
   */
  readonly walks: 'tuples' | 'alternatives';
  /** The expression that reads a column; only its name, where its values come back exact. */
  selected(field: ModelField, column: string): string;
  /** The expression that a column is compared with; more than the parameter, where the database would give the parameter another type. */
  comparand(field: ModelField, mark: string): string;
  /** A value of a request or a hook, as a parameter to compare a column with. */
  parameterOf(field: ModelField, value: unknown): StoredValue;
  /** A condition on a column that `column operator parameter` cannot express, for the fields for which `needs` is true. */
  readonly special?: {
    needs(field: ModelField): boolean;
    comparison(options: ComparisonOptions): string;
  };
  /** Searches a column's text for a pattern of LIKE, escaped by `!`. */
  like(column: string, mark: string): string;
  /** Whether two values that came from one column are the same, to the byte. */
  isSame(a: StoredValue, b: StoredValue): boolean;
  /** Whether the driver may have changed the stored value, so that the database does not find it again. */
  mayBeAnother?(value: StoredValue): boolean;
  /**
   * Which rows may still appear before rows that are already visible: none where there is one writer; those of the transactions that write to
   * the table now, where the database can list them; elsewhere those of transactions that began recently.
   */
  readonly settling: 'at once' | 'delayed' | { writers(table: string): string };
  /**
   * How to find the order in which the database sorts an enum's values, where it compares them as texts; undefined where it compares them in
   * the order in which it sorts them.
   */
  readonly enumValues?: {
    /** Returns the type of a column; the table and the column are its parameters. */
    readonly query: string;
    parse(type: string): readonly StoredValue[];
  };
}

export interface ComparisonOptions {
  readonly field: ModelField;
  /** Quoted. */
  readonly column: string;
  readonly operator: SqlOperator;
  readonly value: unknown;
  /** Adds a parameter, and returns its marker. */
  readonly parameter: (value: StoredValue) => string;
}

export type SqlOperator = '=' | '<' | '<=' | '>' | '>=';

/** Collects the parameters of a query while its text is written. */
export class Statement {
  readonly values: StoredValue[] = [];
  readonly dialect: SqlDialect;

  constructor(dialect: SqlDialect) {
    this.dialect = dialect;
  }

  /** Adds a parameter, and returns its marker. */
  parameter(value: StoredValue): string {
    this.values.push(value);
    return this.dialect.mark(this.values.length);
  }
}

/** The name of a table in statements, in the schema that its model names or else in that of the connection. */
export function tableName(
  { quote, hasNamespaces }: SqlDialect,
  connection: Pick<SqlReader, 'getConnectionInfo'>,
  { table, schema }: { readonly table: string; readonly schema?: string | undefined },
): string {
  const namespace = schema ?? (hasNamespaces ? connection.getConnectionInfo?.().schemaName : undefined);
  return namespace === undefined ? quote(table) : `${quote(namespace)}.${quote(table)}`;
}

export const doubleQuoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/**
 * A time as text, for databases that keep microseconds.
 *
 * @throws StreamError INVALID_ARGUMENT for a time with more digits: the database would round it.
 */
export function microsecondText({ name }: ModelField, date: Date): string {
  if (dateToTimestamp(date).nanos % 1000 === 0) return formatTimestamp(date);
  throw new StreamError(
    'stream.invalid_request',
    `${snakeCase(name)} must have no more than six digits after the second`,
    {
      status: 'INVALID_ARGUMENT',
      phase: 'request',
    },
  );
}

/** For drivers that return JavaScript values. */
export function sameValue(a: StoredValue, b: StoredValue): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : Object.is(a, b);
}

/** What the database stores for an enum's value. */
export function storedEnumValue({ stored = {} }: ModelField, name: string): string {
  return Object.hasOwn(stored, name) ? (stored[name] ?? name) : name;
}

/** An enum's names by what the database stores for them. */
export function namesByStoredValue(field: ModelField): ReadonlyMap<string, string> {
  return new Map(Object.keys(field.values ?? {}).map((name) => [storedEnumValue(field, name), name]));
}
