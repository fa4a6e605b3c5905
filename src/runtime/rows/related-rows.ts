import { InternalError, StreamError } from '../../errors/index.js';
import type { ModelField, NestedRow, Select } from '../encode/model-field.js';
import type { ChunkRequest, Row } from './chunk-source.js';
import { selectOf } from './define-model.js';
import { cancellably, type RowReader } from './keyset-source.js';
import { readAgain } from './retry-chunk.js';
import { fieldsRead, type RowView, type RowViews, seenRow, viewOf } from './row-view.js';

/**
 * Prisma's `select` of rows as a caller sees them: included rows are those of their own model's scope.
 *
 * Prisma has no `where` for a relation to one row that is never null. Of a relation to one row in a scope, the key alone is read here, and
 * {@link seenRows} reads the rows of the scope by it.
 */
export function seenSelect(fields: readonly ModelField[], views: RowViews): Select {
  const plain = selectOf(fields);
  const relations = fields.flatMap(({ name, row, list }): [string, Select[string]][] => {
    if (!row) return [];
    const view = viewOf(views, row.name);
    if (!list && view.scope) return [[name, { select: keySelect(row) }]];
    const select = seenSelect(fieldsRead(row.fields, view), views);
    const { orderBy } = plain[name] === true ? {} : (plain[name] ?? {});
    return [[name, { select, ...(orderBy ? { orderBy } : {}), ...(list && view.scope ? { where: view.scope } : {}) }]];
  });
  return { ...plain, ...Object.fromEntries(relations) };
}

function keySelect({ key }: NestedRow): Select {
  return Object.fromEntries(key.map(({ field }) => [field, true]));
}

export interface SeenRowsOptions {
  /** The fields of the rows that were read. */
  readonly fields: readonly ModelField[];
  readonly view: RowView;
  readonly views: RowViews;
  /** Reads rows of other models, from where the rows were read. */
  readonly delegateOf: (model: { readonly name: string; readonly delegate: string }) => RowReader;
  readonly request: ChunkRequest;
}

/** What a caller sees of each row, with the rows of other models within it; null for a row that is hidden. */
export async function seenRows(rows: readonly Row[], options: SeenRowsOptions): Promise<(Row | null)[]> {
  const { fields, view, views } = options;
  const whole: Record<string, unknown>[] = rows.map((row) => ({ ...row }));
  for (const { name, row: model, list } of fields) {
    if (!model || !isChanged(model, views)) continue;
    const children = rows.map((row) => childrenIn(row[name]));
    const seen = (await seenChildren(children.flat(), model, list === true, options)).values();
    whole.forEach((row, index) => {
      const own = (children[index] ?? []).flatMap(() => seen.next().value ?? []);
      row[name] = list ? own : (own[0] ?? null);
    });
  }
  return whole.map((row) => seenRow(row, view));
}

/** Whether a caller may see other rows of a model than Prisma returned, or other values in them. */
function isChanged({ name, fields }: NestedRow, views: RowViews): boolean {
  const { scope, map, constants } = viewOf(views, name);
  if (scope || map || Object.keys(constants).length > 0) return true;
  return fields.some(({ row }) => row && isChanged(row, views));
}

function childrenIn(value: unknown): readonly Row[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [Object(value)];
}

/** For each of the rows of a relation, what is seen of it; null for one that is not. */
async function seenChildren(
  children: readonly Row[],
  model: NestedRow,
  list: boolean,
  options: SeenRowsOptions,
): Promise<(Row | null)[]> {
  const view = viewOf(options.views, model.name);
  const inside = { ...options, fields: fieldsRead(model.fields, view), view };
  if (list || !view.scope) return seenRows(children, inside);
  const found = await readInScope(children, model, view.scope, inside);
  const seen = await seenRows(found, inside);
  const byKey = new Map(found.map((row, index) => [keyText(row, model), seen[index] ?? null]));
  return children.map((row) => byKey.get(keyText(row, model)) ?? null);
}

/** Rows of more than one column in their key are asked for by a condition each: databases bound how many a query may have. */
const KEYS_PER_QUERY = 200;

async function readInScope(
  children: readonly Row[],
  model: NestedRow,
  scope: object,
  { fields, views, delegateOf, request }: SeenRowsOptions,
): Promise<readonly Row[]> {
  assertExactKey(model);
  const keys = [...new Map(children.map((row) => [keyText(row, model), row])).values()];
  const select = seenSelect(fields, views);
  const delegate = delegateOf(model);
  const found: Row[] = [];
  for (let start = 0; start < keys.length; start += KEYS_PER_QUERY) {
    const where = { AND: [keysWhere(keys.slice(start, start + KEYS_PER_QUERY), model), scope] };
    // Every delegate has its own argument types.
    const ask = async () => (await delegate.findMany({ where, select } as never)) as readonly Row[];
    found.push(...(await readAgain(() => cancellably(request, ask), request)));
  }
  return found;
}

function keysWhere(rows: readonly Row[], { key }: NestedRow): object {
  const [first, ...rest] = key;
  if (first && rest.length === 0) return { [first.field]: { in: rows.map((row) => row[first.field]) } };
  return { OR: rows.map((row) => Object.fromEntries(key.map(({ field }) => [field, row[field]]))) };
}

function keyText(row: Row, { key }: NestedRow): string {
  return JSON.stringify(key.map(({ field }) => String(row[field])));
}

/** Types that Prisma's client passes on and returns with every digit. */
const EXACT = new Set<ModelField['type']>(['String', 'Int', 'BigInt', 'Boolean', 'enum']);

/** A row that is not found by its own key would be missing, without an error. */
function assertExactKey({ name, key, fields }: NestedRow): void {
  const field = fields.find(({ name, type }) => key.some(({ field }) => field === name) && !EXACT.has(type));
  if (!field) return;
  const message = `${name} is included in a scope, and its key has ${field.name}, by which Prisma's client may not find it`;
  throw new StreamError('stream.inexact', message, {
    status: 'FAILED_PRECONDITION',
    phase: 'request',
    nextActions: [`leave the relation to ${name} out of read_mask`],
  });
}

/**
 * A view whose hooks get rows of which the request leaves relations out: reading one of these is an error. A hook that finds it undefined
 * could take a row for one that it must not hide.
 */
export function withoutRelations(model: string, view: RowView, relations: readonly ModelField[]): RowView {
  const { map } = view;
  if (!map || relations.length === 0) return view;
  const guards = relations.map(({ name }): [string, PropertyDescriptor] => {
    const get = () => {
      throw new InternalError(
        `a hook of ${model} read ${name}, a relation that the request leaves out; decide by columns, or in \`scope\``,
      );
    };
    return [name, { get, enumerable: false }];
  });
  const guard = Object.defineProperties({}, Object.fromEntries(guards));
  return { ...view, map: (row) => map(Object.assign(Object.create(guard), row)) };
}
