import { status as Status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamError } from '../../src/errors/index.js';
import type { ModelHooks, Row } from '../../src/runtime/index.js';
import { type Clients, openPosts, POSTS, type Post, ROADS, type Road, withPosts } from '../support/hooked-roads.js';
import { memoryLogger } from '../support/memory-logger.js';
import type { Project } from '../support/open-project.js';

let project: Project;
beforeAll(async () => {
  project = await openPosts();
});
afterAll(() => project?.close());

const byId = (rows: readonly Post[]) => [...rows].sort((a, b) => a.id - b.id);

/** The posts that arrive on a road with these hooks. */
async function arrive(road: Road, post: ModelHooks): Promise<readonly Post[]> {
  const server = road.server?.(project) ?? {};
  return byId(await withPosts(project, { post, server } as object, (clients) => road.posts(clients)));
}

const ofA = POSTS.filter(({ tenant }) => tenant === 'a');
const changedTitle = ({ title }: Row) => `changed ${String(title)}`;

/** Every kind of hook, and the posts that remain with it. */
const HOOKS: readonly (readonly [what: string, hooks: ModelHooks, seen: readonly Post[]])[] = [
  ['no restriction', {}, POSTS],
  ['a scope', { scope: () => ({ tenant: 'a' }) }, ofA],
  [
    'a scope on a relation',
    { scope: () => ({ tenant: 'a', author: { name: 'user 1' } }) },
    ofA.filter(({ authorId }) => authorId === 1),
  ],
  ['a scope of no row', { scope: async () => ({ OR: [] }) }, []],
  ['a mask', { mask: { secret: 'hidden' } }, POSTS.map((row) => ({ ...row, secret: 'hidden' }))],
  ['a mask that leaves a field out', { mask: { secret: null } }, POSTS.map((row) => ({ ...row, secret: '' }))],
  [
    'a mask of the caller',
    { mask: async ({ model, principal }) => ({ secret: `${model} for ${principal?.id}` }) },
    POSTS.map((row) => ({ ...row, secret: 'Post for undefined' })),
  ],
  [
    'a mask that depends on the row',
    { mask: { secret: (secret, { tenant }) => (tenant === 'a' ? secret : 'hidden') } },
    POSTS.map((row) => (row.tenant === 'a' ? row : { ...row, secret: 'hidden' })),
  ],
  ['a mapRow that hides rows', { mapRow: (row) => (row.tenant === 'a' ? row : null), changes: [] }, ofA],
  ['a mapRow that hides rows and says nothing', { mapRow: (row) => (row.tenant === 'a' ? row : null) }, ofA],
  [
    'a mapRow that changes a field',
    { mapRow: (row) => ({ ...row, title: changedTitle(row) }), changes: ['title'] },
    POSTS.map((row) => ({ ...row, title: changedTitle({ ...row }) })),
  ],
  [
    'all of them',
    {
      authorize: () => {},
      scope: () => ({ tenant: 'a' }),
      mask: { secret: 'hidden', note: (note) => note && 'a note' },
      mapRow: (row) => (row.id === 3 ? null : { ...row, title: `${row.secret}, ${row.note}` }),
      changes: ['title'],
    },
    ofA
      .filter(({ id }) => id !== 3)
      .map((row) => ({
        ...row,
        secret: 'hidden',
        note: row.note && 'a note',
        title: `hidden, ${row.note && 'a note'}`,
      })),
  ],
];

describe.each(ROADS)('posts $name', (road) => {
  it.each(HOOKS)('obey %s', async (what, hooks, seen) => {
    const arrived = arrive(road, hooks);
    if (road.isRefused?.(what)) return expect(arrived).rejects.toMatchObject({ code: Status.FAILED_PRECONDITION });
    expect((await arrived).map(plain)).toEqual(seen);
  });

  it('do not arrive where their authorize refuses the call', async () => {
    const refuse = () => {
      throw new StreamError('auth.no', 'no posts for you', { status: 'PERMISSION_DENIED', phase: 'request' });
    };
    await expect(arrive(road, { authorize: refuse })).rejects.toMatchObject({
      code: Status.PERMISSION_DENIED,
      details: expect.stringContaining('no posts for you'),
    });
  });
});

/** ts-proto leaves an absent text undefined. */
function plain({ id, tenant, title, secret, note = null, authorId }: Post): Post {
  return { id, tenant, title, secret, note: note ?? null, authorId };
}

it('every method and every field of a request is on a road', async () => {
  type Message = { fromPartial(request: object): object };
  type Methods = Readonly<Record<string, { readonly requestType: Message }>>;
  const { methods } = await project.code.load<{ methods: Methods }>('raw/v1/post.ts', 'PostStreamServiceDefinition');
  const fields = Object.values(methods).flatMap(({ requestType }) => Object.keys(requestType.fromPartial({})));
  const used = new Set(ROADS.flatMap(({ uses }) => uses));
  expect(Object.keys(methods).sort()).toEqual(['partitionPosts', 'streamPostBatches', 'streamPosts']);
  expect([...new Set(fields)].filter((field) => !used.has(field))).toEqual([]);
});

const masked: ModelHooks = { mask: { secret: 'hidden' } };
const mapped: ModelHooks = { mapRow: (row) => ({ ...row, secret: 'hidden' }), changes: ['secret'] };
const unsaid: ModelHooks = { mapRow: (row) => ({ ...row, secret: 'hidden' }) };

/** Requests that would tell the values of `secret`. */
const ASKING: readonly (readonly [
  what: string,
  ask: (clients: Clients) => AsyncIterable<unknown> | Promise<unknown>,
])[] = [
  ['order', ({ post }) => post.stream({ order: 'POST_SORT_ORDER_SECRET_ASC' })],
  ['descending order', ({ post }) => post.stream({ order: 'POST_SORT_ORDER_SECRET_DESC' })],
  [
    'place in its order',
    ({ post }) => post.stream({ order: 'POST_SORT_ORDER_SECRET_ASC', after: { id: 1, secret: 'secret 4' } }),
  ],
  ['filter', ({ post }) => post.stream({ filter: { secret: { startsWith: 'secret 4' } } })],
  [
    'filter deep inside',
    ({ post }) => post.stream({ filter: { or: [{ id: { gt: 1 } }, { not: { secret: { in: ['secret 4'] } } }] } }),
  ],
  [
    'filter of partitions',
    async ({ post }) => void (await post.partitionPosts?.({ count: 2, filter: { secret: { equals: 'secret 4' } } })),
  ],
];

describe.each([
  ['masked', masked],
  ['changed', mapped],
  ['changed by a mapRow that does not say what it changes', unsaid],
])('a field that is %s', (_how, hooks) => {
  it.each(ASKING)('cannot be asked for by its %s', async (_what, ask) => {
    await withPosts(project, { post: hooks } as object, async (clients) => {
      await expect(drained(ask(clients))).rejects.toMatchObject({
        code: Status.PERMISSION_DENIED,
        details: expect.stringMatching(/(order goes by|filter has a condition on) secret/),
      });
    });
  });
});

async function drained(rows: AsyncIterable<unknown> | Promise<unknown>): Promise<void> {
  if (rows instanceof Promise) return void (await rows);
  for await (const _ of rows);
}

describe('a field that no hook changes', () => {
  it.each([
    ['a mask of another field', masked],
    ['a mapRow that says what it changes', mapped],
    ['a mapRow that says that it changes nothing', { mapRow: (row: Row) => (row.id === 1 ? null : row), changes: [] }],
  ])('can still be ordered and filtered by beside %s', async (_what, hooks: ModelHooks) => {
    await withPosts(project, { post: hooks } as object, async ({ post }) => {
      const request = { order: 'POST_SORT_ORDER_TITLE_DESC', filter: { title: { gt: 'title 5' } } };
      const ids: unknown[] = [];
      for await (const { id } of post.stream(request)) ids.push(id);
      expect(ids).toEqual([8, 7, 6]);
    });
  });

  it('cannot be ordered by beside a mapRow that does not say what it changes, which the log says at the start', async () => {
    const logger = memoryLogger();
    await withPosts(project, { post: unsaid, server: { logger } } as object, async ({ post }) => {
      await expect(drained(post.stream({ order: 'POST_SORT_ORDER_TITLE_DESC' }))).rejects.toMatchObject({
        code: Status.PERMISSION_DENIED,
      });
    });
    expect(JSON.stringify(logger.lines)).toContain('does not say which fields it changes');
  });
});

describe('a mapRow that changes a field that it does not name', () => {
  it.each(ROADS)('ends the call, and sends nothing, on the road of posts $name', async (road) => {
    const hooks: ModelHooks = { mapRow: (row) => ({ ...row, secret: 'hidden' }), changes: ['title'] };
    await expect(arrive(road, hooks)).rejects.toMatchObject({ code: Status.INTERNAL });
  });
});

describe('rows that a hook hides', () => {
  it('do not count towards a limit, which would tell that they match a filter', async () => {
    for (const server of [{}, { adapter: undefined }]) {
      const hooks: ModelHooks = { mapRow: (row) => (row.id === 2 ? null : row), changes: [] };
      await withPosts(project, { post: hooks, server } as object, async ({ post }) => {
        const ids: unknown[] = [];
        for await (const { id } of post.stream({ filter: { id: { in: [2, 3, 4] } }, limit: 1n })) ids.push(id);
        expect(ids).toEqual([3]);
      });
    }
  });
});

describe('rows of another model', () => {
  const denied: ModelHooks = {
    authorize: ({ model }) => {
      throw new StreamError('auth.no', `no rows of ${model}`, { status: 'PERMISSION_DENIED', phase: 'request' });
    },
  };

  it('refuse the call with what to leave out, and are not asked for when it is left out', async () => {
    await withPosts(project, { post: denied } as object, async ({ user }) => {
      await expect(drained(user.stream({}))).rejects.toMatchObject({
        code: Status.PERMISSION_DENIED,
        details: 'no rows of Post (the rows include posts: leave it out of read_mask)',
      });
      await drained(user.stream({ readMask: ['id', 'name'] }));
      await user.partitionUsers?.({ count: 2 });
    });
  });

  it('are left out, and their hooks not asked, where the relation is masked', async () => {
    const hooks = { post: denied, user: { mask: { posts: null } } };
    await withPosts(project, hooks as object, async ({ user }) => {
      for await (const row of user.stream({})) expect(row).toMatchObject({ posts: [] });
    });
  });

  it('are asked for once a call, with the name of the model, after the hooks of the streamed model', async () => {
    const asked: string[] = [];
    const authorize: ModelHooks['authorize'] = ({ model, method }) =>
      void asked.push(`${model} ${method.split('/')[1]}`);
    await withPosts(project, { '*': { authorize } } as object, ({ site }) => drained(site.stream({})));
    expect(asked).toEqual(['Site', 'User', 'Post'].map((model) => `${model} StreamSiteBatches`));
  });

  it('reach the hooks of the row that includes them as the caller sees them', async () => {
    const seen: unknown[] = [];
    const mapRow = (row: Row) => {
      seen.push(row.posts);
      return row;
    };
    const hooks = { post: { ...masked, scope: () => ({ id: 1 }) }, user: { mapRow, changes: [] } };
    await withPosts(project, hooks as object, ({ user }) => drained(user.stream({})));
    expect(seen.flat()).toMatchObject([{ id: 1, secret: 'hidden' }]);
  });

  it('cannot decide about a row when the request leaves them out: the call ends, and shows nothing', async () => {
    const hooks = {
      user: {
        mapRow: (row: Row) => (Array.from((row.posts ?? []) as Iterable<unknown>).length > 2 ? null : row),
        changes: [],
      },
    };
    await withPosts(project, hooks as object, async ({ user }) => {
      await expect(drained(user.stream({ readMask: ['name'] }))).rejects.toMatchObject({
        code: Status.INTERNAL,
      });
    });
  });
});

describe('a mask that would hide less than it says', () => {
  it.each([
    [
      'of a field that is not there',
      { post: { mask: { secrte: null } } },
      /Post names secrte, which is not one of its/,
    ],
    ['of the key', { post: { mask: { id: null } } }, /Post names id, a field of its key/],
    ['of a relation by a value', { user: { mask: { posts: [] } } }, /User.posts must be null/],
    ['of all models', { '*': { mask: { secret: null } } }, /the hooks of \* have a mask/],
  ])('%s ends the start', async (_what, hooks, message) => {
    await expect(withPosts(project, hooks as object, async () => {})).rejects.toThrow(message);
  });

  it.each([
    ['of a value that is undefined', { secret: undefined }],
    ['of a value that the field cannot hold', { secret: 5 }],
    ['of a field that is not there', { secrte: null }],
    ['of nothing', undefined],
  ])('%s ends the call', async (_what, mask) => {
    await withPosts(project, { post: { mask: () => mask } } as object, async (clients) => {
      await expect(drained(clients.post.stream({}))).rejects.toMatchObject({ code: Status.INTERNAL });
    });
  });
});
