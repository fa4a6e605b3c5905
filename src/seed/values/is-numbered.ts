import type { Field, SchemaModel } from '../../model/index.js';

/** Whether the database numbers the rows of a column by itself. SQLite does so for `Int` only, though a schema may say `BigInt`. */
export function isNumbered({ autoincrement, type }: Field, { provider }: SchemaModel): boolean {
  if (!autoincrement) return false;
  return provider !== 'sqlite' || (type.kind === 'scalar' && type.scalar === 'Int');
}
