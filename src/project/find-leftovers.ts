import { readFile } from 'node:fs/promises';
import { camelCase, type SchemaModel } from '../model/index.js';
import type { FieldLock } from '../proto/index.js';

/**
 * Models that are gone, and that the user's own services file still has hooks of: it is not ours to change, and TypeScript alone
 * would say so later, in other words.
 *
 * @returns Their properties, such as `book`.
 */
export async function findLeftovers(path: string, { models }: SchemaModel, { messages }: FieldLock): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // It is written in this very run, or something else is in its place, which is told then.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR') return '';
    throw error;
  });
  const streamed = new Set(models.map(({ delegate }) => delegate));
  const known = Object.values(messages).map(({ name }) => camelCase(name));
  return known.filter((name) => !streamed.has(name) && new RegExp(`^[^/*\\n]*\\b${name}\\s*:`, 'm').test(text));
}
