import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clientAdapterOf,
  clientInternals,
  extensionsOf,
  hasNoExtensions,
  isolationLevelOf,
  loadDecimal,
} from '../../../src/runtime/internals/prisma-client.js';
import { ROOT } from '../../architecture/source-tree.js';
import { generatePrismaClient } from '../../support/prisma-client.js';

interface Client {
  $extends(extension: object): Client;
  $disconnect(): Promise<void>;
}

const ADAPTERS = {
  sqlite: new PrismaBetterSqlite3({ url: 'file::memory:' }),
  // Nothing connects to these two.
  postgresql: new PrismaPg({ connectionString: 'postgresql://localhost:1/none' }),
  mysql: new PrismaMariaDb('mariadb://localhost:1/none'),
};

const schemaFor = (provider: string) => `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "${provider}"
}
model Item {
  id Int @id
}
`;

describe.each(Object.entries(ADAPTERS))('the installed Prisma client of %s', (provider, adapter) => {
  let folder: string;
  let prisma: Client;
  let decimalOfClient: unknown;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grpc-stream-client-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await writeFile(join(folder, 'schema.prisma'), schemaFor(provider));
    await generatePrismaClient(join(folder, 'schema.prisma'));
    const { PrismaClient, Prisma } = await import(join(folder, 'client/client.ts'));
    decimalOfClient = Prisma.Decimal;
    prisma = new PrismaClient({ adapter });
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await rm(folder, { recursive: true, force: true });
  });

  it('has every part that is used', () => {
    expect(clientInternals(prisma).filter(({ works }) => !works)).toEqual([]);
    expect(clientInternals(prisma)).toHaveLength(3);
  });

  it('keeps the driver adapter that it was made with', () => {
    expect(clientAdapterOf(prisma)).toBe(adapter);
  });

  it('keeps its extensions, of every kind', () => {
    expect(hasNoExtensions(prisma)).toBe(true);
    const extensions = [{ query: {} }, { result: {} }, { model: {} }, { client: {} }];
    for (const extension of extensions) expect(extensionsOf(prisma.$extends(extension))).toBe('some');
    expect(hasNoExtensions(prisma)).toBe(true);
  });

  it('keeps the name of its database, which has the weakest isolation level of a snapshot', () => {
    const levels = { sqlite: 'Serializable', postgresql: 'RepeatableRead', mysql: 'RepeatableRead' };
    expect(isolationLevelOf(prisma)).toBe(Object.entries(levels).find(([name]) => name === provider)?.[1]);
  });

  it('has the class of decimals that @prisma/client exports', async () => {
    const Decimal = await loadDecimal();
    expect(decimalOfClient).toBe(Decimal);
    expect(String(new Decimal('12345678901234567890.123456789'))).toBe('12345678901234567890.123456789');
  });
});

describe('a client that is not as expected', () => {
  const $extends = () => {};

  it('has no adapter and no known extensions, and reads snapshots at the level that every database has', () => {
    for (const client of [{ $extends }, { $extends, _engineConfig: {}, _extensions: {}, _activeProvider: 'other' }]) {
      expect(clientAdapterOf(client)).toBeUndefined();
      expect([extensionsOf(client), hasNoExtensions(client)]).toEqual(['unknown', false]);
      expect(isolationLevelOf(client)).toBe('Serializable');
      expect(clientInternals(client).map(({ works }) => works)).toEqual([false, false, false]);
    }
  });

  it('has nothing to check when an object stands in for it', () => {
    expect(clientInternals({ item: {} })).toEqual([]);
  });
});
