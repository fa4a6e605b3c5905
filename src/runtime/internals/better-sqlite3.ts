import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { SqlReader } from './driver-adapter.js';

/** The part of better-sqlite3's database that is used here. */
export interface SqliteDriver {
  /** The file, as it was given. */
  readonly name: string;
  /** Whether it is in memory alone, or in a temporary file of its own. */
  readonly memory: boolean;
  prepare(sql: string): SqliteStatement;
  /** Runs SQL that returns nothing. */
  exec(sql: string): unknown;
  close(): unknown;
  /** Makes a JavaScript function callable in SQL. */
  function(name: string, options: SqlFunctionOptions, work: SqlFunction): unknown;
}

interface SqlFunctionOptions {
  readonly deterministic: boolean;
  readonly safeIntegers: boolean;
  /** Whether it takes any number of values. Default: as many as the function declares. */
  readonly varargs?: boolean;
  /** Whether views and triggers may not call it. */
  readonly directOnly?: boolean;
}

type SqlFunction = (...values: unknown[]) => unknown;

/** Opens a database: what the module better-sqlite3 exports. */
export type OpenSqlite = new (
  file: string,
  options: { readonly readonly: boolean; readonly fileMustExist: boolean; readonly timeout: number },
) => SqliteDriver;

/** The part of better-sqlite3's statement that is used here. */
export interface SqliteStatement {
  /** Rows as arrays. */
  raw(): this;
  /** The declared types of the columns; null for an expression. */
  columns(): readonly { readonly type: string | null }[];
  /** Integers as bigints, which lose no digit, or as numbers. */
  safeIntegers(on: boolean): this;
  all(values: readonly unknown[]): unknown;
  get(values?: readonly unknown[]): unknown;
}

/**
 * The better-sqlite3 database beneath a connection of its driver adapter. The adapter does not document where it keeps it: undefined for
 * another version of the adapter, and for other adapters of SQLite.
 */
export function sqliteDriverOf(connection: SqlReader): SqliteDriver | undefined {
  const client: unknown = Reflect.get(connection, 'client');
  return client instanceof Object && isSqliteDriver(client) ? client : undefined;
}

export function isSqliteDriver(client: object): client is SqliteDriver {
  const methods = ['prepare', 'function', 'defaultSafeIntegers'].every(
    (name) => typeof Reflect.get(client, name) === 'function',
  );
  return methods && typeof Reflect.get(client, 'name') === 'string';
}

/**
 * The file of the better-sqlite3 that opened a database, so that another thread can load the same. Undefined when it was bundled into
 * another file.
 */
export function sqliteModuleOf(driver: SqliteDriver): string | undefined {
  const loaded = Object.values(createRequire(import.meta.url).cache);
  return loaded.find((module) => module?.exports === driver.constructor)?.filename;
}

/** A file as it was when it was opened. */
export interface OpenedFile {
  readonly path: string;
  /** Tells the file from another one of the same name. */
  readonly inode: number;
}

/** The file of a database; undefined for a database in memory. */
export function openedFileOf({ name, memory }: SqliteDriver): OpenedFile | undefined {
  const path = resolve(name);
  return memory ? undefined : { path, inode: statSync(path).ino };
}

/** Whether the file was removed, or another one stands in its place: SQLite goes on reading the one that it opened. */
export function isReplaced({ path, inode }: OpenedFile): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino !== inode;
}
