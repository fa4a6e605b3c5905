import { isReaderFactory, type SqlReaderFactory } from './driver-adapter.js';

/**
 * The driver adapter that a Prisma client was made with. The client keeps it under a name that is not public; undefined for what looks
 * different, or stands in for a client.
 */
export function clientAdapterOf(prisma: object): SqlReaderFactory | undefined {
  const config: unknown = Reflect.get(prisma, '_engineConfig');
  const adapter: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, 'adapter') : undefined;
  return isReaderFactory(adapter) ? adapter : undefined;
}

/**
 * An extension may filter rows or change their values, so that SQL beside it would give away what it hides: only a client that is
 * known to have none is read past. The client keeps them under a name that is not public; whatever looks different counts as extended.
 */
export function hasNoExtensions(prisma: object): boolean {
  return extensionsOf(prisma) === 'none';
}

export function extensionsOf(prisma: object): 'none' | 'some' | 'unknown' {
  const extensions: unknown = Reflect.get(prisma, '_extensions');
  const isEmpty: unknown = extensions instanceof Object ? Reflect.get(extensions, 'isEmpty') : undefined;
  if (typeof isEmpty !== 'function') return 'unknown';
  return isEmpty.call(extensions) === true ? 'none' : 'some';
}

/** By Prisma's names of databases and of levels. SQLite and CockroachDB know no weaker level; SQL Server's repeatable read locks rows. */
const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  sqlite: 'Serializable',
  cockroachdb: 'Serializable',
  postgresql: 'RepeatableRead',
  mysql: 'RepeatableRead',
  sqlserver: 'Snapshot',
};

/** The client keeps its provider under a name that is not public; without it, the database's own default has to do. */
export function isolationLevelOf(prisma: object): string | undefined {
  return ISOLATION_LEVELS[String(Reflect.get(prisma, '_activeProvider'))];
}

/**
 * Prisma's class of decimals, of which the generated clients have theirs. It is part of the files that a client is generated for, not of the
 * documented interface.
 */
export async function loadDecimal(): Promise<new (digits: string) => unknown> {
  const { Decimal } = await import('@prisma/client/runtime/client');
  return Decimal;
}
