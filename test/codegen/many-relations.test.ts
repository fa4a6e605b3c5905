import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StreamService } from '../../src/runtime/index.js';
import { startLoopbackServer } from '../../src/testing/index.js';
import { openProject, type Project } from '../support/open-project.js';

/** Every kind of relation: to itself, twice to one model, one to one, many to many, by several columns, and included over four levels. */
const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "sqlite"
}
model Person {
  id        Int      @id
  name      String   @unique
  managerId Int?
  manager   Person?  @relation("Manages", fields: [managerId], references: [id], onDelete: NoAction, onUpdate: NoAction)
  reports   Person[] @relation("Manages")
  friends   Person[] @relation("Friends")
  friendOf  Person[] @relation("Friends")
  /// @grpc.include
  badge     Badge?
  written   Letter[] @relation("Author")
  read      Letter[] @relation("Reader")
  clubs     Club[]
}
model Badge {
  code     String @id
  personId Int    @unique
  person   Person @relation(fields: [personId], references: [id])
}
model Club {
  id      Int      @id
  title   String   @unique
  members Person[]
}
model Team {
  country String
  number  Int
  title   String
  /// @grpc.include
  desks   Desk[]

  @@id([country, number])
}
model Desk {
  id      Int    @id
  country String
  number  Int
  team    Team   @relation(fields: [country, number], references: [country, number])
  /// @grpc.include
  letters Letter[]
}
model Letter {
  id       Int    @id
  authorId Int
  readerId Int
  deskId   Int?
  /// @grpc.include
  author   Person @relation("Author", fields: [authorId], references: [id])
  /// @grpc.include
  reader   Person @relation("Reader", fields: [readerId], references: [id])
  desk     Desk?  @relation(fields: [deskId], references: [id])

  @@index([deskId, authorId])
}
model constructor {
  toString Int    @id
  valueOf  String

  @@index([valueOf])
}
`;

let project: Project;
let read: (model: string, request?: object) => Promise<object[]>;
let close: () => Promise<void>;

beforeAll(async () => {
  project = await openProject(
    SCHEMA,
    (folder) => new PrismaBetterSqlite3({ url: `file:${join(folder, 'people.db')}` }),
  );
  const { prisma, adapter, code } = project;
  const insert = (model: string, data: readonly Record<string, unknown>[]) =>
    project.delegate(model).createMany({ data: data.map((row) => ({ ...row })) as never });
  await insert(
    'person',
    Array.from({ length: 12 }, (_, id) => ({
      id,
      name: `person ${id}`,
      managerId: id === 0 ? null : Math.floor(id / 3),
    })),
  );
  await insert(
    'badge',
    [0, 3, 7].map((personId) => ({ code: `badge ${personId}`, personId })),
  );
  await insert(
    'team',
    [1, 2].flatMap((number) => ['de', 'fr'].map((country) => ({ country, number, title: `${country} ${number}` }))),
  );
  await insert(
    'desk',
    Array.from({ length: 6 }, (_, id) => ({
      id,
      country: id % 2 === 0 ? 'de' : 'fr',
      number: 1 + (id % 3 === 0 ? 1 : 0),
    })),
  );
  await insert(
    'letter',
    Array.from({ length: 30 }, (_, id) => ({
      id,
      authorId: id % 12,
      readerId: (id * 5) % 12,
      deskId: id % 4 === 0 ? null : id % 6,
    })),
  );
  await insert('constructor', [
    { toString: 1, valueOf: 'b' },
    { toString: 2, valueOf: 'a' },
  ]);
  const createServices = await code.load<(options: object) => StreamService[]>('services.ts', 'createServices');
  const createClients = await code.load<(address: string) => object>('client.ts', 'createClients');
  const server = await startLoopbackServer(createServices({ prisma, adapter }));
  const clients = createClients(server.address);
  read = async (model, request = {}) => {
    const client: { stream(request: object): AsyncIterable<object> } = Reflect.get(clients, model);
    const rows: object[] = [];
    for await (const row of client.stream(request)) rows.push(row);
    return rows;
  };
  close = async () => {
    (Reflect.get(clients, 'close') as () => void)();
    await server.close();
  };
});
afterAll(async () => {
  await close?.();
  await project?.close();
});

/** What Prisma's own client reads. */
async function expected(model: string, query: object): Promise<unknown> {
  return (project.delegate(model) as unknown as { findMany(query: object): Promise<unknown> }).findMany(query);
}

const PERSON = { include: { badge: true } };
const LETTER = { include: { author: PERSON, reader: PERSON }, orderBy: { id: 'asc' } };
const DESK = { include: { letters: LETTER }, orderBy: { id: 'asc' } };

it.each([
  ['person', { ...PERSON, orderBy: { id: 'asc' } }],
  ['badge', { orderBy: { code: 'asc' } }],
  ['letter', LETTER],
  ['desk', DESK],
  ['team', { include: { desks: DESK }, orderBy: [{ country: 'asc' }, { number: 'asc' }] }],
])('%s is streamed with the rows that it includes, as Prisma reads them', async (model, query) => {
  expect(await read(model, { chunkSize: 3 })).toEqual(await expected(model, query));
});

it('a filter and an order take rows with what they include', async () => {
  const rows = await read('letter', {
    filter: { deskId: { gte: 2 }, not: { authorId: { equals: 5 } } },
    order: 'LETTER_SORT_ORDER_DESK_ID_THEN_AUTHOR_ID_DESC',
    chunkSize: 4,
  });
  const query = {
    where: { deskId: { gte: 2 }, NOT: { authorId: 5 } },
    orderBy: [{ deskId: 'desc' }, { authorId: 'desc' }, { id: 'desc' }],
  };
  expect(rows.length).toBeGreaterThan(5);
  expect(rows).toEqual(await expected('letter', { ...LETTER, ...query }));
});

it('a model named constructor is streamed like any other', async () => {
  const [first, second] = [
    { toString: 1, valueOf: 'b' },
    { toString: 2, valueOf: 'a' },
  ];
  expect(await read('constructor')).toEqual([first, second]);
  const order = 'CONSTRUCTOR_SORT_ORDER_VALUE_OF_ASC';
  expect(await read('constructor', { order, chunkSize: 1 })).toEqual([second, first]);
  expect(await read('constructor', { filter: { toString: { equals: 2 } } })).toEqual([second]);
});
