import { StreamError } from '../../errors/index.js';
import { dateToTimestamp, formatTimestamp, snakeCase } from '../../model/index.js';
import type { ModelField } from '../encode/model-field.js';
import type { SqlReader } from '../internals/driver-adapter.js';

/**
 * What a database holds in a column, in the form in which its driver takes it back as a parameter, untouched: a stream goes on behind such
 * values, and it is the database that compares them. NULL is null.
 */
export type StoredValue = unknown;

/** How a database wants its SQL written, and values handed over. */
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
  /**
   * What walks an index from a place on, rather than all of it: `(a, b) > (?, ?)`, or alternatives such as `(a = ? AND b > ?) OR a > ?`.
   * The other of the two makes a database look at every row before the place, or sort what is behind it.
   */
  readonly walks: 'tuples' | 'alternatives';
  /** How a column is read; its name alone, where its values come back whole by themselves. */
  selected(field: ModelField, column: string): string;
  /** What a column is compared with, where the parameter alone would be taken for another type. */
  comparand(field: ModelField, mark: string): string;
  /** A value of a request or a hook, as a parameter to compare a column with. */
  parameterOf(field: ModelField, value: unknown): StoredValue;
  /** A condition on a column that cannot be said as `column operator parameter`, for the fields of which `needs` is true. */
  readonly special?: {
    needs(field: ModelField): boolean;
    comparison(options: ComparisonOptions): string;
  };
  /** A text looked for within a column's; the text is a pattern for LIKE, escaped by `!`. */
  like(column: string, mark: string): string;
  /** Whether two values that came from one column are the same, to the byte. */
  isSame(a: StoredValue, b: StoredValue): boolean;
  /** Whether the driver may have made a value of another one that is stored, so that the database does not know it. */
  mayBeAnother?(value: StoredValue): boolean;
  /**
   * Which rows may still appear before those that are seen: none where there is one writer; those of transactions that write to the table now,
   * where they can be named; elsewhere those of transactions that began lately.
   */
  readonly settling: 'at once' | 'delayed' | { writers(table: string): string };
  /**
   * An enum's values in the order in which the database sorts them, where it compares them as texts all the same; undefined where it
   * compares them as it sorts them.
   */
  readonly enumValues?: {
    /** Asks for the type of a column, with the table and the column as parameters. */
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
  /** Adds a parameter, and returns what stands for it. */
  readonly parameter: (value: StoredValue) => string;
}

export type SqlOperator = '=' | '<' | '<=' | '>' | '>=';

/** A query under way: its text is written while its parameters are gathered. */
export class Statement {
  readonly values: StoredValue[] = [];
  readonly dialect: SqlDialect;

  constructor(dialect: SqlDialect) {
    this.dialect = dialect;
  }

  /** Adds a parameter, and returns what stands for it. */
  parameter(value: StoredValue): string {
    this.values.push(value);
    return this.dialect.mark(this.values.length);
  }
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

export const doubleQuoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/**
 * A time as text, for databases that keep microseconds.
 *
 * @throws StreamError INVALID_ARGUMENT for one with more digits: the database would round it to another.
 */
export function microsecondText({ name }: ModelField, date: Date): string {
  if (dateToTimestamp(date).nanos % 1000 === 0) return formatTimestamp(date);
  throw new StreamError(
    'stream.invalid_request',
    `${snakeCase(name)} must have no more than six digits behind the second`,
    {
      status: 'INVALID_ARGUMENT',
      phase: 'request',
    },
  );
}

/** For drivers that return values as JavaScript has them. */
export function sameValue(a: StoredValue, b: StoredValue): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : Object.is(a, b);
}

/** Of an enum's value: what the database holds for it. */
export function storedEnumValue({ stored = {} }: ModelField, name: string): string {
  return Object.hasOwn(stored, name) ? (stored[name] ?? name) : name;
}

/** An enum's names by what the database holds for them. */
export function namesByStoredValue(field: ModelField): ReadonlyMap<string, string> {
  return new Map(Object.keys(field.values ?? {}).map((name) => [storedEnumValue(field, name), name]));
}
