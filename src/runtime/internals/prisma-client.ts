import { isReaderFactory, type SqlReaderFactory } from './driver-adapter.js';
import type { Internal } from './internal.js';

/**
 * The driver adapter that a Prisma client was made with. The client does not document where it keeps it.
 *
 * @returns Undefined for another version of the client, and for an object that stands in for a client.
 */
export function clientAdapterOf(prisma: object): SqlReaderFactory | undefined {
  const config: unknown = Reflect.get(prisma, '_engineConfig');
  const adapter: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, 'adapter') : undefined;
  return isReaderFactory(adapter) ? adapter : undefined;
}

/**
 * An extension may filter rows or change their values, and SQL beside the client would return what the extension hides: only a client that
 * is known to have no extensions is bypassed.
 */
export function hasNoExtensions(prisma: object): boolean {
  return extensionsOf(prisma) === 'none';
}

/** The client does not document where it keeps its extensions: `unknown` for another version of the client. */
export function extensionsOf(prisma: object): 'none' | 'some' | 'unknown' {
  const extensions: unknown = Reflect.get(prisma, '_extensions');
  const isEmpty: unknown = extensions instanceof Object ? Reflect.get(extensions, 'isEmpty') : undefined;
  if (typeof isEmpty !== 'function') return 'unknown';
  return isEmpty.call(extensions) === true ? 'none' : 'some';
}

/** By Prisma's names of databases and of levels. SQLite and CockroachDB have no weaker level; SQL Server's repeatable read locks rows. */
const ISOLATION_LEVELS: ReadonlyMap<string, string> = new Map([
  ['sqlite', 'Serializable'],
  ['cockroachdb', 'Serializable'],
  ['postgresql', 'RepeatableRead'],
  ['mysql', 'RepeatableRead'],
  ['sqlserver', 'Snapshot'],
]);

/**
 * The weakest isolation level at which every read of a transaction sees the same rows. The client does not document where it keeps the name of
 * its database: for another version of the client this is the strongest level, which every database has. The database's own default may be
 * too weak, as PostgreSQL's is.
 */
export function isolationLevelOf(prisma: object): string {
  return ISOLATION_LEVELS.get(providerOf(prisma)) ?? 'Serializable';
}

function providerOf(prisma: object): string {
  return String(Reflect.get(prisma, '_activeProvider'));
}

/**
 * Prisma's class of decimals, which the generated clients use. It belongs to the files that generated clients import, and is not documented.
 */
export async function loadDecimal(): Promise<new (digits: string) => unknown> {
  const { Decimal } = await import('@prisma/client/runtime/client');
  return Decimal;
}

/** Checks a Prisma client for its undocumented parts. An object that stands in for a client has none to check. */
export function clientInternals(prisma: object): readonly Internal[] {
  if (typeof Reflect.get(prisma, '$extends') !== 'function') return [];
  return [
    {
      name: 'PrismaClient._engineConfig.adapter',
      works: clientAdapterOf(prisma) !== undefined,
      means: "queries of Prisma's client that end with their stream",
    },
    { name: 'PrismaClient._extensions', works: extensionsOf(prisma) !== 'unknown', means: 'reads by SQL' },
    {
      name: 'PrismaClient._activeProvider',
      works: ISOLATION_LEVELS.has(providerOf(prisma)),
      means: "snapshots through Prisma's client below the isolation level Serializable",
    },
  ];
}
