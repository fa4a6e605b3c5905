import { expect, it } from 'vitest';
import { defineHooks, type HookableReader, type HookCall, type ServiceHooks } from '../../src/runtime/index.js';

/** As `generate` writes it: the fields of each model but those of its key. */
interface Models {
  readonly book: HookableReader<'title' | 'authors'>;
  readonly author: HookableReader<'email'>;
}

const hooks: ServiceHooks<Models> = {
  '*': { mapRow: (row) => (row.id === 1 ? null : row), changes: [] },
  book: { mask: { title: 'hidden', authors: null }, mapRow: (row) => ({ ...row, title: 'x' }), changes: ['title'] },
  author: { mask: ({ principal }) => (principal ? {} : { email: (email, row) => `${email} of ${row.id}` }) },
};

// @ts-expect-error a field that the model does not have
const misspelt: ServiceHooks<Models> = { book: { mask: { titel: 'hidden' } } };
// @ts-expect-error the key, after which clients resume
const key: ServiceHooks<Models> = { book: { mask: { id: 1 } } };
// @ts-expect-error a field of another model
const foreign: ServiceHooks<Models> = { author: { mapRow: (row) => row, changes: ['title'] } };
// @ts-expect-error a mask of all models
const shared: ServiceHooks<Models> = { '*': { mask: { title: null } } };
// @ts-expect-error a model that is not streamed
const unknown: ServiceHooks<Models> = { publisher: {} };

it('hooks take the names that the generated code knows, which the compiler checks', () => {
  expect([hooks, misspelt, key, foreign, shared, unknown].every(Boolean)).toBe(true);
});

/** What Prisma's client says of a model. */
interface BookDelegate {
  readonly [name: symbol]: {
    readonly types: {
      readonly payload: {
        readonly scalars: { id: number; title: string; pages: number | null };
        readonly objects: { author: { name: string } };
      };
      readonly operations: { readonly findMany: { readonly args: { where?: { id?: number } } } };
    };
  };
}

interface KnownModels {
  readonly book: HookableReader<'title' | 'pages' | 'author', BookDelegate, 'id'>;
  readonly event: HookableReader<'text'>;
}

const define = defineHooks<KnownModels>();
const isKnown = (call: HookCall) => call.principal !== undefined;
const loosely = (row: Readonly<Record<string, unknown>>) => ({ ...row });

const wellSpelt = [
  define({}),
  define({ '*': { mapRow: (row) => (row.id === 1 ? null : { ...row, anything: 1 }), changes: [] } }),
  define({ book: { scope: () => ({ id: 7 }), mask: { title: 'x', pages: (pages) => (pages ?? 0) + 1 } } }),
  define({ book: { mapRow: (row) => ({ ...row, title: row.title.trim() }), changes: ['title'] } }),
  define({ book: { mapRow: (row, call) => (isKnown(call) ? { ...row, pages: null, author: null } : null) } }),
  define({ book: { mapRow: ({ id, title }) => ({ id, title }) } }),
  define({ book: { mapRow: (row) => (row.pages === null ? { title: row.title } : { ...row, pages: row.pages + 1 }) } }),
  define({ event: { mapRow: (row) => ({ ...row, text: 'x' }), changes: ['text'] } }),
  define({ event: { mapRow: loosely } }),
];

const misspeltRows = [
  // @ts-expect-error mapRow returns titel, which book does not have
  define({ book: { mapRow: (row) => ({ ...row, titel: 'x' }) } }),
  // @ts-expect-error the same in one of two branches
  define({ book: { mapRow: (row) => (row.pages === null ? row : { ...row, titel: 'x' }) } }),
  // @ts-expect-error the same without a spread
  define({ book: { mapRow: ({ id }) => ({ id, titel: 'x' }) } }),
  // @ts-expect-error a value of another type
  define({ book: { mapRow: (row) => ({ ...row, pages: 'many' }) } }),
  // @ts-expect-error a scope by a field that is not there
  define({ book: { scope: () => ({ autorId: 7 }) } }),
  // @ts-expect-error a field that it does not have
  define({ book: { mapRow: (row) => row, changes: ['titel'] } }),
];

it('`defineHooks` takes no field of `mapRow` that the model does not have, and returns the hooks', () => {
  expect([...wellSpelt, ...misspeltRows].every(Boolean)).toBe(true);
  const hooks = { book: { mask: { title: 'x' } } };
  expect(define(hooks)).toBe(hooks);
});
