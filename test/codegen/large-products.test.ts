import { describe, expect, it } from 'vitest';
import { largeProducts } from '../schema/large-products/products.js';
import { problemsOf } from './check-products.js';

/** `npm run test:products` takes all twenty. */
const OFTEN = ['hospital', 'game', 'forum', 'geo', 'documents'];

describe('schemas in the style of large public ones', () => {
  it('are twenty, each another one and the same for each run', () => {
    expect(new Set(largeProducts.map(({ schema }) => schema())).size).toBe(20);
    for (const { schema } of largeProducts) expect(schema()).toBe(schema());
  });

  it('go through generate, `buf lint` and the strictest TypeScript', async () => {
    const products = largeProducts.filter(({ name }) => OFTEN.includes(name));
    expect(await problemsOf(products)).toEqual({ generate: [], again: [], lint: '', compile: '' });
  }, 300_000);
});
