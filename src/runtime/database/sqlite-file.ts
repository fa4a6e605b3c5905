import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EnvironmentError } from '../../errors/index.js';
import type { SqlReaderFactory } from '../internals/driver-adapter.js';
import { MISSING_FILE } from './database-failure.js';

/** @throws EnvironmentError when the URL names a SQLite file that is not there. */
export function assertFileExists({ provider }: Pick<SqlReaderFactory, 'provider'>, url: string | undefined): void {
  if (provider !== 'sqlite' || !url?.startsWith('file:')) return;
  /** Exactly what the driver makes of it. */
  const file = url.replace(/^file:/, '');
  if (file === ':memory:' || existsSync(file)) return;
  throw new EnvironmentError(MISSING_FILE, `the database file ${resolve(file)} does not exist`, {
    nextActions: ['create and fill it: `npx grpc-stream seed --rows 10000`', 'or only create it: `npx prisma db push`'],
  });
}

/** Lets an adapter open its SQLite file only where there is one: the driver would make an empty one in silence, for a path that was mistyped. */
export function onExistingFile(adapter: SqlReaderFactory, url: string | undefined): void {
  const connect = adapter.connect.bind(adapter);
  const connectToFile = async () => {
    assertFileExists(adapter, url);
    return connect();
  };
  Object.assign(adapter, { connect: connectToFile });
}
