import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateFiles } from '../../src/codegen/index.js';
import { emptyLock } from '../../src/proto/index.js';
import { parseSchema } from '../../src/schema/index.js';
import { countedQueries } from './support/counted-queries.js';
import { openValueStream, type Road, type ValueStream } from './support/value-stream.js';

const SECRET = 'pass_phrase';
const schema = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "sqlite"
}
model User {
  id    Int    @id
  name  String
  /// @grpc.omit
  ${SECRET} String @unique
  posts Post[]

  @@index([${SECRET}, name])
}
model Post {
  id       Int  @id
  authorId Int
  /// @grpc.include
  author   User @relation(fields: [authorId], references: [id])
}
/// @grpc.omit
model Vault {
  id Int @id
}
`;

const ROADS: readonly Road[] = ['read by SQL, received by ts-proto', 'read by Prisma, received by ts-proto'];
const queries: string[] = [];
let stream: ValueStream;

beforeAll(async () => {
  stream = await openValueStream(schema, (folder) =>
    countedQueries(new PrismaBetterSqlite3({ url: `file:${join(folder, 'omitted.db')}` }), queries),
  );
  await stream.execute(`INSERT INTO "User" VALUES (1, 'Ann', 'open sesame')`);
  await stream.execute(`INSERT INTO "Post" VALUES (1, 1)`);
  queries.length = 0;
});
afterAll(() => stream?.close());

describe('an omitted field or model', () => {
  it('is in no generated file but the server’s own, which knows its column for scopes: no message, filter, order or key', async () => {
    const files = await generateFiles({
      schema: parseSchema([{ path: 's.prisma', content: schema }]),
      packageName: 'demo',
      lock: emptyLock,
    });
    const hidden = / {2}hidden: \[\n(.*\n)*? {2}\],\n/;
    expect([...files.code].filter(([, text]) => hidden.test(text)).map(([path]) => path)).toEqual(['user.stream.ts']);
    for (const text of [...files.proto.values(), ...files.code.values()])
      expect(text.replace(hidden, '')).not.toMatch(/pass_?phrase|vault/i);
  });

  it('is never read, by SQL or by Prisma, nor inside another row', async () => {
    for (const road of ROADS) {
      expect(await stream.receive('User', road)).toEqual([{ id: 1, name: 'Ann' }]);
      expect(await stream.receive('Post', road)).toEqual([{ id: 1, authorId: 1, author: { id: 1, name: 'Ann' } }]);
    }
    expect(queries.length).toBeGreaterThan(3);
    for (const sql of queries) expect(sql).not.toContain(SECRET);
  });

  it('cannot be named in a read mask', async () => {
    for (const road of ROADS) {
      const asked = stream.receive('User', road, { readMask: [SECRET] });
      await expect(asked).rejects.toThrow(/INVALID_ARGUMENT.*is not a field/);
    }
  });
});
