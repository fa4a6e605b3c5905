import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { ServiceHooks, StreamService } from '../../src/runtime/index.js';
import { startLoopbackServer } from '../../src/testing/index.js';
import type { Values } from './everything.js';
import { openProject, type Project } from './open-project.js';

/** Posts are what hooks guard. They travel alone, and within rows of other models: as a list, as one row, and at depth. */
const SCHEMA = `
datasource db {
  provider = "sqlite"
}
generator client {
  provider = "prisma-client"
  output   = "./client"
}
model Post {
  id       Int    @id
  tenant   String
  title    String @unique
  secret   String
  note     String?
  authorId Int
  author   User   @relation(fields: [authorId], references: [id])
  comments Comment[]
  pins     Pin[]
  @@index([tenant])
  @@index([secret])
}
model User {
  id     Int    @id
  name   String
  siteId Int
  /// @grpc.include
  posts  Post[]
  site   Site   @relation(fields: [siteId], references: [id])
}
model Site {
  id    Int    @id
  /// @grpc.include
  users User[]
}
model Comment {
  id     Int  @id
  postId Int
  /// @grpc.include
  post   Post @relation(fields: [postId], references: [id])
  thread Thread?
}
model Pin {
  id     Int   @id
  postId Int?
  /// @grpc.include
  post   Post? @relation(fields: [postId], references: [id])
}
model Thread {
  id        Int     @id
  commentId Int     @unique
  /// @grpc.include
  comment   Comment @relation(fields: [commentId], references: [id])
}
`;

/** Eight posts of two tenants, in turn; the order by secret is not that by key. */
export const POSTS: readonly Post[] = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => ({
  id,
  tenant: id % 2 ? 'a' : 'b',
  title: `title ${id}`,
  secret: `secret ${(id * 5) % 9}`,
  note: id % 3 ? `note ${id}` : null,
  authorId: id % 3,
}));

export interface Post {
  readonly id: number;
  readonly tenant: string;
  readonly title: string;
  readonly secret: string;
  readonly note: string | null;
  readonly authorId: number;
}

export async function openPosts(): Promise<Project> {
  const project = await openProject(
    SCHEMA,
    (folder) => new PrismaBetterSqlite3({ url: `file:${join(folder, 'posts.db')}` }),
  );
  const fill = (model: string, data: readonly object[]) =>
    project.delegate(model).createMany({ data: data as readonly Values[] });
  await fill('site', [{ id: 1 }, { id: 2 }]);
  await fill(
    'user',
    [0, 1, 2].map((id) => ({ id, name: `user ${id}`, siteId: (id % 2) + 1 })),
  );
  await fill('post', POSTS);
  await fill(
    'comment',
    POSTS.map(({ id }) => ({ id: 10 + id, postId: id })),
  );
  await fill('pin', [...POSTS.map(({ id }) => ({ id: 20 + id, postId: id })), { id: 30, postId: null }]);
  await fill(
    'thread',
    POSTS.map(({ id }) => ({ id: 40 + id, commentId: 10 + id })),
  );
  return project;
}

/** The clients that were generated for the schema. */
export interface Clients {
  close(): void;
  readonly post: ModelClient;
  readonly user: ModelClient;
  readonly site: ModelClient;
  readonly comment: ModelClient;
  readonly pin: ModelClient;
  readonly thread: ModelClient;
}

export interface ModelClient {
  stream(request: object, options?: object): AsyncIterable<Values>;
  readonly partitionPosts?: (request: object) => Promise<unknown>;
  readonly partitionUsers?: (request: object) => Promise<unknown>;
}

/** Serves the posts on a real socket with hooks, and calls them. */
export async function withPosts<T>(
  { prisma, adapter, code }: Project,
  { server: more = {}, ...hooks }: { readonly server?: object } & ServiceHooks<Record<string, never>> & object,
  use: (clients: Clients) => Promise<T>,
): Promise<T> {
  const createServices = await code.load<(options: object) => StreamService[]>('services.ts', 'createServices');
  const createClients = await code.load<(address: string) => Clients>('client.ts', 'createClients');
  const server = await startLoopbackServer(createServices({ prisma, adapter, hooks, ...more }));
  const clients = createClients(server.address);
  try {
    return await use(clients);
  } finally {
    clients.close();
    await server.close();
  }
}

/** A way on which posts reach a client. */
export interface Road {
  readonly name: string;
  /** The methods, and the fields of their requests, that it uses. */
  readonly uses: readonly string[];
  /** More options of the server. */
  readonly server?: (project: Project) => object;
  /** Whether the road does not exist with a kind of hook: the call is refused. */
  readonly isRefused?: (hook: string) => boolean;
  /** The posts that arrive, in any order. */
  posts(clients: Clients): Promise<readonly Post[]>;
}

const all = async (rows: AsyncIterable<Values>): Promise<Values[]> => {
  const list: Values[] = [];
  for await (const row of rows) list.push(row);
  return list;
};
const posts = async (rows: AsyncIterable<Values>) => (await all(rows)) as unknown as Post[];
/** A relation that is left out is null, or an empty list. */
const within = (rows: readonly Values[], relation: string) =>
  rows.flatMap((row) => (row[relation] ?? []) as readonly Values[]);
const includedIn = async (rows: AsyncIterable<Values>, ...path: readonly string[]) =>
  path.reduce<readonly Values[]>(within, await all(rows)) as unknown as Post[];

/** Prisma's client, which reads scopes on relations, cannot tell which rows are settled. */
const onRelation = (hook: string) => hook === 'a scope on a relation';

/** Every road. A test fails when a method or a field of a request is on none of them. */
export const ROADS: readonly Road[] = [
  { name: 'one in a message', uses: ['rows'], posts: ({ post }) => posts(post.stream({}, { messages: 'rows' })) },
  {
    name: 'many in a message',
    uses: ['batches', 'batchSize'],
    posts: ({ post }) => posts(post.stream({ batchSize: 2 })),
  },
  {
    name: "through Prisma's client",
    uses: ['rows'],
    server: () => ({ adapter: undefined }),
    posts: ({ post }) => posts(post.stream({}, { messages: 'rows' })),
  },
  {
    name: 'of a snapshot',
    uses: ['consistency'],
    posts: ({ post }) => posts(post.stream({ consistency: 'CONSISTENCY_SNAPSHOT' })),
  },
  {
    name: "of a snapshot through Prisma's client",
    uses: ['consistency'],
    server: () => ({ adapter: undefined }),
    posts: ({ post }) => posts(post.stream({ consistency: 'CONSISTENCY_SNAPSHOT' })),
  },
  {
    name: 'of a replica',
    uses: ['rows'],
    server: ({ prisma, adapter }) => ({ replica: { prisma, adapter }, prisma: {}, adapter: undefined }),
    posts: ({ post }) => posts(post.stream({})),
  },
  {
    name: 'in small chunks, descending',
    uses: ['order', 'chunkSize', 'checkInterval'],
    posts: ({ post }) => posts(post.stream({ order: 'POST_SORT_ORDER_ID_DESC', chunkSize: 1, checkInterval: 1 })),
  },
  {
    name: 'by a filter',
    uses: ['filter'],
    posts: ({ post }) => posts(post.stream({ filter: { not: { id: { gt: 100 } } } })),
  },
  {
    name: 'by a read mask',
    uses: ['readMask'],
    // The fields that a hook decides by are left out: what it hides must stay hidden.
    posts: async ({ post }) => {
      const keys = (await posts(post.stream({ readMask: ['id'] }))).map(({ id }) => id);
      const rows = await posts(post.stream({ readMask: ['*'] }));
      return rows.length === keys.length ? rows : Promise.reject(new Error('a read mask showed other rows'));
    },
  },
  {
    name: 'after places',
    uses: ['after', 'limit'],
    async posts({ post }) {
      const found: Post[] = [];
      for (const { id } of [{ id: 0 }, ...POSTS])
        found.push(...(await posts(post.stream({ after: { id }, limit: 1n }))));
      return [...new Map(found.map((row) => [row.id, row])).values()];
    },
  },
  {
    name: 'in partitions',
    uses: ['partitions', 'partition', 'count'],
    posts: ({ post }) => posts(post.stream({}, { partitions: 3 })),
  },
  {
    name: 'of settled rows',
    uses: ['settled'],
    isRefused: onRelation,
    posts: ({ post }) => posts(post.stream({ settled: true })),
  },
  {
    name: 'by following',
    uses: ['settled'],
    isRefused: onRelation,
    async posts({ post }) {
      const count = (await posts(post.stream({ settled: true }))).length;
      const found: Post[] = [];
      const enough = new AbortController();
      // A while longer, for rows that must not come.
      const endSoon = () => setTimeout(() => enough.abort(), 200);
      if (count === 0) endSoon();
      try {
        for await (const row of post.stream({}, { followIntervalMs: 20, signal: enough.signal })) {
          found.push(row as unknown as Post);
          if (found.length === count) endSoon();
        }
      } catch (error) {
        if (!enough.signal.aborted) throw error;
      }
      return found;
    },
  },
  { name: 'in a list of another row', uses: [], posts: ({ user }) => includedIn(user.stream({}), 'posts') },
  {
    name: 'in a list, by a read mask',
    uses: ['readMask'],
    posts: ({ user }) => includedIn(user.stream({ readMask: ['posts'] }, { messages: 'rows' }), 'posts'),
  },
  {
    name: 'in a list, of a snapshot',
    uses: ['consistency'],
    posts: ({ user }) => includedIn(user.stream({ consistency: 'CONSISTENCY_SNAPSHOT' }), 'posts'),
  },
  {
    name: 'in a list, in partitions',
    uses: ['partition'],
    posts: ({ user }) => includedIn(user.stream({}, { partitions: 2 }), 'posts'),
  },
  { name: 'two levels deep', uses: [], posts: ({ site }) => includedIn(site.stream({}), 'users', 'posts') },
  { name: 'as the one row of a relation', uses: [], posts: ({ comment }) => includedIn(comment.stream({}), 'post') },
  {
    name: 'as the one row, of a snapshot',
    uses: [],
    posts: ({ comment }) => includedIn(comment.stream({ consistency: 'CONSISTENCY_SNAPSHOT' }), 'post'),
  },
  { name: 'as the one row that may be missing', uses: [], posts: ({ pin }) => includedIn(pin.stream({}), 'post') },
  {
    name: 'as the one row, two levels deep',
    uses: [],
    posts: ({ thread }) => includedIn(thread.stream({ chunkSize: 2 }), 'comment', 'post'),
  },
];
