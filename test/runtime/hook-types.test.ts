import { expect, it } from 'vitest';
import type { HookableReader, ServiceHooks } from '../../src/runtime/index.js';

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
