import { InternalError } from '../../errors/index.js';
import type { ModelField } from '../encode/model-field.js';

/** The part of a model that its scope needs. */
interface ScopedModel {
  readonly name: string;
  readonly key: readonly { readonly field: string }[];
  readonly fields: readonly ModelField[];
}

/**
 * A scope as a hook returned it, with every condition that it names.
 *
 * Prisma ignores a condition whose value is undefined, so that an unknown tenant would see the rows of all tenants; and, within another
 * condition, an OR of no alternatives, so that a caller of no tenant would. The first is an error here. The second means no row, and is
 * written so that Prisma takes it so.
 *
 * @throws InternalError for a condition that Prisma would ignore.
 */
export function wholeScope(scope: unknown, model: ScopedModel): object {
  if (typeof scope !== 'object' || scope === null) {
    throw new InternalError(`the scope of ${model.name} is ${String(scope)}; return {} where every row may be seen`);
  }
  const hole = undefinedIn(scope, 'scope');
  if (hole !== undefined)
    throw new InternalError(`${hole} of ${model.name} is undefined, which Prisma ignores as a condition`);
  return withoutEmptyOr(scope, model);
}

/** The path of the first value that is undefined. */
function undefinedIn(value: unknown, path: string): string | undefined {
  if (value === undefined) return path;
  if (!isPlain(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const hole = undefinedIn(inner, `${path}.${key}`);
    if (hole !== undefined) return hole;
  }
  return undefined;
}

function withoutEmptyOr(where: object, model: ScopedModel): object {
  const parts = Object.entries(where).map(([name, value]): object => {
    if (name === 'OR' && Array.isArray(value) && value.length === 0) return noRow(model);
    if (name === 'AND' || name === 'OR' || name === 'NOT') return { [name]: eachOf(value, model) };
    if (!hasEmptyOr(value)) return { [name]: value };
    throw new InternalError(`the scope of ${model.name} has an empty OR in ${name}, which Prisma ignores`);
  });
  return parts.length > 1 ? { AND: parts } : (parts[0] ?? {});
}

function eachOf(value: unknown, model: ScopedModel): unknown {
  if (Array.isArray(value)) return value.map((part) => eachOf(part, model));
  return isPlain(value) ? withoutEmptyOr(value, model) : value;
}

function hasEmptyOr(value: unknown): boolean {
  if (!isPlain(value)) return false;
  return Object.entries(value).some(
    ([name, inner]) => (name === 'OR' && Array.isArray(inner) && inner.length === 0) || hasEmptyOr(inner),
  );
}

/** No value of a key is in an empty list. Prisma has no such list for a Boolean. */
function noRow({ name, key, fields }: ScopedModel): object {
  const field = fields.find(({ name, type }) => type !== 'Boolean' && key.some(({ field }) => field === name));
  if (field) return { [field.name]: { in: [] } };
  throw new InternalError(`the scope of ${name} has an empty OR, which Prisma ignores`);
}

/** Dates, decimals and bytes are values, not conditions. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
