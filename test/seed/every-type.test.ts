import { cp, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { seedModel } from '../../src/seed/index.js';
import { generatePrismaClient } from '../support/prisma-client.js';
import { suiteFolder } from '../support/suite-folder.js';
import { fixturePath, scratchDatabase } from './support/scratch-database.js';

const ROWS = 400;
const packageRoot = resolve(import.meta.dirname, '../..');

type Row = Readonly<Record<string, unknown>>;
interface Client {
  readonly sample: { findMany(args: object): Promise<Row[]> };
  $disconnect(): Promise<void>;
}
const clientModule = z.object({
  PrismaClient: z.custom<new (options: { adapter: SqlDriverAdapterFactory }) => Client>(
    (value) => typeof value === 'function',
  ),
});

const folder = suiteFolder();
let PrismaClient: z.infer<typeof clientModule>['PrismaClient'];

beforeAll(async () => {
  await symlink(join(packageRoot, 'node_modules'), join(folder.path, 'node_modules'));
  await cp(dirname(fixturePath('every-type')), folder.path, { recursive: true });
  await generatePrismaClient(join(folder.path, 'schema.prisma'));
  const module: unknown = await import(pathToFileURL(join(folder.path, 'client/client.ts')).href);
  ({ PrismaClient } = clientModule.parse(module));
});

describe('rows of every type, as the generated client reads them', () => {
  test('hold a value of the right kind in every required column', async () => {
    for (const row of await seededRows()) {
      expect(row).toMatchObject({
        id: expect.any(BigInt),
        text: expect.stringMatching(/^The .+/),
        flag: expect.any(Boolean),
        small: expect.any(Number),
        big: expect.any(BigInt),
        ratio: expect.any(Number),
        price: expect.objectContaining({ d: expect.anything() }),
        at: expect.any(Date),
        meta: { label: expect.any(String), count: expect.any(Number), active: expect.any(Boolean) },
        data: expect.any(Uint8Array),
        colour: expect.stringMatching(/^(RED|DARK_GREEN)$/),
        updatedAt: expect.any(Date),
      });
      expect(Number(row.at)).not.toBeNaN();
    }
  });

  test('hold both nulls and values in every optional column', async () => {
    const rows = await seededRows();
    const optional = Object.keys(rows[0] ?? {}).filter((name) => name.startsWith('maybe'));
    expect(optional).toHaveLength(10);
    for (const name of optional) {
      const nulls = rows.filter((row) => row[name] === null).length;
      expect({ name, someNull: nulls > 0, mostFilled: nulls < ROWS / 2 }).toEqual({
        name,
        someNull: true,
        mostFilled: true,
      });
    }
  });

  test('differ in every unique column', async () => {
    const rows = await seededRows();
    for (const name of Object.keys(rows[0] ?? {}).filter((name) => name === 'id' || name.startsWith('unique'))) {
      expect({ name, values: new Set(rows.map((row) => String(row[name]))).size }).toEqual({ name, values: ROWS });
    }
  });
});

async function seededRows(): Promise<Row[]> {
  const database = await scratchDatabase('every-type');
  await seedModel({ ...database, model: 'Sample', rows: ROWS, rowBytes: 600 });
  const prisma = new PrismaClient({ adapter: database.adapter });
  try {
    return await prisma.sample.findMany({ orderBy: { id: 'asc' } });
  } finally {
    await prisma.$disconnect();
  }
}
