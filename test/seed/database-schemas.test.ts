import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSchema } from '../../src/schema/index.js';
import { createTables, seedModel } from '../../src/seed/index.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

const SCHEMA = `
datasource db {
  provider = "postgresql"
  schemas  = ["public", "sales"]
}
enum State {
  OPEN
  PAID

  @@schema("sales")
}
model Customer {
  id     Int     @id @default(autoincrement())
  name   String
  orders Order[]

  @@map("parties")
  @@schema("public")
}
model Order {
  id         Int      @id @default(autoincrement())
  state      State
  customerId Int
  customer   Customer @relation(fields: [customerId], references: [id])

  @@map("orders")
  @@schema("sales")
}
model Archive {
  id Int @id @default(autoincrement())

  @@map("parties")
  @@schema("sales")
}
`;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

describe('tables in two database schemas, two of them with the same name', () => {
  test('are created once, and filled each with its own rows', async () => {
    const schemaFiles = [{ path: 's.prisma', content: SCHEMA }];
    const adapter = new PrismaPg({ connectionString: server.url });
    expect(await createTables({ adapter, schemaFiles })).toEqual(['parties', 'orders', 'parties']);
    expect(await createTables({ adapter, schemaFiles })).toEqual([]);
    await seedModel({ adapter, schema: parseSchema(schemaFiles), model: 'Order', rows: 300 });
    await seedModel({ adapter, schema: parseSchema(schemaFiles), model: 'Archive', rows: 7 });
    const connection = await adapter.connect();
    const counts = ['public.parties', 'sales.orders', 'sales.parties'].map(
      (table) => `(SELECT count(*)::int FROM ${table})`,
    );
    const { rows } = await connection.queryRaw({ sql: `SELECT ${counts.join(', ')}`, args: [], argTypes: [] });
    await connection.dispose();
    expect(rows).toEqual([[3, 300, 7]]);
  });
});
