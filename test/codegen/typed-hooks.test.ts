import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cli, linkedProject, runNode, tsc } from '../support/linked-project.js';
import { suiteFolder } from '../support/suite-folder.js';

const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "../src/generated/prisma"
}

datasource db {
  provider = "postgresql"
}

enum Status {
  DRAFT
  PUBLISHED
}

model Author {
  id    Int    @id
  name  String
  books Book[]
}

model Book {
  id        Int      @id
  title     String
  pages     Int
  price     Decimal
  sold      BigInt
  rating    Float?
  status    Status
  printedAt DateTime
  cover     Bytes
  tags      String[]
  notes     Json
  /// @grpc.omit
  secret    String
  author    Author   @relation(fields: [authorId], references: [id]) /// @grpc.include
  authorId  Int
}
`;

/** What users write, with each type of a field. */
const GOOD = `
import { type ModelHooks, type ServiceHooks, StreamError, type StreamService, type StreamServiceOptions } from '@grpc-stream/runtime';
import { Prisma } from '../generated/prisma/client.js';
import type { StreamedModels } from './generated/services.js';

const closed = new StreamError('auth.none', 'sign in first', { status: 'UNAUTHENTICATED', phase: 'request' });

export const hooks: ServiceHooks<StreamedModels> = {
  '*': {
    authorize: ({ principal }) => {
      if (!principal) throw closed;
    },
    scope: () => ({ anything: 1 }),
    mapRow: (row) => (row.hidden === true ? null : row),
    changes: [],
  },
  author: {
    scope: async ({ principal }) => (principal ? { books: { some: { secret: 'x', pages: { gt: 7 } } } } : {}),
    mask: ({ principal }) => (principal ? {} : { name: (name, row) => name.toUpperCase() + row.id.toFixed() }),
  },
  book: {
    scope: () => ({ OR: [{ authorId: 7 }, { title: { startsWith: 'a', mode: 'insensitive' } }], secret: { not: 'x' } }),
    mask: {
      title: 'hidden',
      pages: (pages) => Math.round(pages / 100),
      price: '12.50',
      sold: 0,
      rating: null,
      status: 'DRAFT',
      printedAt: (printedAt) => new Date(printedAt.getTime()),
      cover: (cover) => cover.subarray(0, 1),
      tags: (tags) => tags.filter((tag) => tag !== 'x'),
      notes: { any: ['json', 1, null] },
      author: null,
    },
    mapRow: ({ rating, ...row }, { principal }) => {
      if (row.title === '' || row.author?.name === 'nobody') return null;
      const { price } = row;
      return principal ? { ...row, price: price.plus(1), sold: row.sold + 1n } : { ...row, price: '1.5', sold: 1, title: null };
    },
    changes: ['price', 'sold', 'title', 'rating'],
  },
};

/** Without the types of a client. */
export const loose: ModelHooks<'email'> = { scope: () => ({ any: 1 }), mask: { email: (email) => String(email) } };
export const decimal: ServiceHooks<StreamedModels> = { book: { mask: { price: new Prisma.Decimal(1) } } };
`;

/** A wrong hook, and the name that the error must say. */
const BAD: readonly (readonly [fact: string, hook: string, ...said: string[]])[] = [
  ['a scope by a field that is not there', 'scope: () => ({ autorId: 7 })', 'autorId', 'BookWhereInput'],
  ['a scope that is asynchronous by such a field', 'scope: async () => ({ autorId: 7 })', 'autorId', 'BookWhereInput'],
  ['a scope by a value of another type', "scope: () => ({ authorId: 'seven' })", 'authorId', 'string', 'number'],
  [
    'a scope by a field of a relation that is not there',
    "scope: () => ({ author: { is: { nam: 'x' } } })",
    'nam',
    'AuthorWhereInput',
  ],
  [
    'a changed row with a text for a number',
    "mapRow: (row) => ({ ...row, pages: 'many' })",
    'pages',
    'string',
    'number',
  ],
  [
    'a changed row with a value that the enum has not',
    "mapRow: (row) => ({ ...row, status: 'LOST' })",
    'status',
    'LOST',
  ],
  ['a row asked for a field that is never sent', "mapRow: (row) => (row.secret === '' ? null : row)", 'secret'],
  ['a row asked for a field that is not there', "mapRow: (row) => (row.titel === '' ? null : row)", 'titel', "'title'"],
  ['a mask of a field that is not there', "mask: { titel: 'hidden' }", 'titel'],
  ['a mask of the key', 'mask: { id: 1 }', 'id'],
  ['a mask of another type', "mask: { pages: 'hidden' }", 'pages', 'string'],
  ['a mask that makes another type', "mask: { pages: () => 'hidden' }", 'string', 'number'],
  ['a mask of a relation by a value', "mask: { author: 'hidden' }", 'author'],
  ['a change of a field that is not there', "mapRow: (row) => row, changes: ['titel']", 'titel'],
];

describe('hooks are typed from the schema', () => {
  const folder = suiteFolder();
  let complaints: readonly string[];

  beforeAll(async () => {
    const project = await linkedProject('postgresql', folder.path);
    await writeFile(join(project, 'prisma/schema.prisma'), SCHEMA);
    await runNode(project, [cli, 'generate', '--quiet']);
    const own = await readFile(join(project, 'src/grpc/services.ts'), 'utf8');
    await writeFile(
      join(project, 'src/grpc/services.ts'),
      own.replace(/^import .*|^export const hooks.*/gm, '') + GOOD,
    );
    await writeFile(join(project, 'src/grpc/defined.ts'), defined(GOOD));
    await Promise.all(
      BAD.flatMap(([, hook], index) => [
        writeFile(join(project, `src/grpc/bad-${index}.ts`), wrong(hook)),
        writeFile(join(project, `src/grpc/bad-defined-${index}.ts`), defined(wrong(hook))),
      ]),
    );
    await Promise.all(
      OTHER_FIELDS.map((hook, index) =>
        writeFile(join(project, `src/grpc/bad-other-${index}.ts`), defined(wrong(hook))),
      ),
    );
    const output = await runNode(project, [tsc, '--noEmit', '-p', '.']).catch((error: Error) => error.message);
    complaints = output.split(/\n(?=src\/)/);
  }, 120_000);

  it('and what users write compiles', () => {
    expect(complaints.filter((text) => text.startsWith('src/') && !text.startsWith('src/grpc/bad-'))).toEqual([]);
  });

  it.each(BAD.map(([fact, , ...said], index) => ({ fact, index, said })))('$fact does not compile', ({
    index,
    said,
  }) => {
    for (const file of [`bad-${index}`, `bad-defined-${index}`]) {
      const own = complaints.filter((text) => text.startsWith(`src/grpc/${file}.ts`)).join('\n');
      for (const name of said) expect([file, own]).toEqual([file, expect.stringContaining(name)]);
    }
  });

  it.each(OTHER_FIELDS.map((hook, index) => ({ hook, index })))('by `defineHooks`, neither does $hook', ({ index }) => {
    const own = complaints.filter((text) => text.startsWith(`src/grpc/bad-other-${index}.ts`)).join('\n');
    expect(own).toContain('mapRow returns titel, which book does not have');
  });
});

/** What TypeScript takes for a row, where a spread is in it. */
const OTHER_FIELDS = [
  "mapRow: (row) => ({ ...row, titel: 'x' })",
  "mapRow: (row) => (row.pages > 100 ? row : { ...row, titel: 'x' })",
  'mapRow: ({ id, title }) => ({ id, titel: title })',
];

/** The same hooks by `defineHooks`. */
function defined(text: string): string {
  const hooks = /(?<=export const hooks): ServiceHooks<StreamedModels> = (\{[\s\S]*?^\});/m;
  if (!hooks.test(text)) throw new Error(`it has no hooks: ${text}`);
  return `import { defineHooks } from '@grpc-stream/runtime';\n${text.replace(hooks, ' = defineHooks<StreamedModels>()($1);')}`;
}

function wrong(hook: string): string {
  return `
import type { ServiceHooks } from '@grpc-stream/runtime';
import type { StreamedModels } from './generated/services.js';

export const hooks: ServiceHooks<StreamedModels> = {
  book: {
    ${hook},
  },
};
`;
}
