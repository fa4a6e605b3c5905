import { z } from 'zod';
import type { DatabaseProvider, Field, StreamModel } from '../../model/index.js';
import { unindexedFields } from '../../project/unindexed-fields.js';
import { isFilterField, orderValueName, propertyOf, streamOrders } from '../../proto/index.js';
import { countRowsOf, findManyOf } from './find-many.js';

/** One way to ask for rows that is not the plain one: as a request says it, and as Prisma's client does. */
export interface TableQuery {
  /** Such as `by isbn` or `where pages (no index)`. */
  readonly name: string;
  /** Members of the request's message. */
  readonly request: { readonly order?: string; readonly filter?: object };
  readonly where?: object;
  readonly orderBy?: readonly object[];
}

/** The queries that a table has, and in a sentence each what it lacks. */
export interface TableQueries {
  readonly queries: readonly TableQuery[];
  readonly notes: readonly string[];
}

interface TableQueriesOptions {
  /** A Prisma client. */
  readonly prisma: object;
  readonly model: StreamModel;
  readonly provider: DatabaseProvider;
  /** How many rows a query must find. */
  readonly rows: number;
}

/** More would take longer than they teach. */
const MOST_ORDERS = 3;

/**
 * The orders that a model has besides its key's, and two filters: one on a column that an index begins with, which is also read in the order
 * of that index, and one on a column that no index serves. Their values come from the table, so that each finds about a quarter of its rows.
 */
export async function tableQueries(options: TableQueriesOptions): Promise<TableQueries> {
  const orders = otherOrders(options);
  const served = await firstFilter('index', options);
  const unserved = await firstFilter('no index', options);
  return {
    queries: [...orders.queries, ...served.queries, ...unserved.queries],
    notes: [...orders.notes, ...served.notes, ...unserved.notes],
  };
}

/** The key's own order is the plain stream's. Of each index one direction is read, of the key the other one. */
function otherOrders({ model, provider }: TableQueriesOptions): TableQueries {
  const [, ...others] = streamOrders(model, provider);
  const orders = others.map((order) => ({ ...order, text: columnsText(order) }));
  const worth = orders.filter(({ columns: [first] }, index) => index === 0 || first?.direction === 'asc');
  const queries = worth.slice(0, MOST_ORDERS).map(({ name, columns, text }): TableQuery => {
    return {
      name: `by ${text}`,
      request: { order: orderValueName(model, name) },
      orderBy: columns.map(({ field, direction }) => ({ [field]: direction })),
    };
  });
  const left = worth.slice(MOST_ORDERS).map(({ text }) => text);
  return {
    queries,
    notes: [
      ...(worth.length === 0 ? [`${model.name} has no order besides that of its key`] : []),
      ...(left.length > 0 ? [`not measured: the orders by ${left.join('; by ')}`] : []),
    ],
  };
}

/** The columns that a request names; those of the key follow, to make a position unique. */
function columnsText({ id, columns }: ReturnType<typeof streamOrders>[number]): string {
  const asked = columns.slice(0, id.split(', ').length);
  return asked.map(({ field, direction }) => (direction === 'desc' ? `${field} desc` : field)).join(', ');
}

type Service = 'index' | 'no index';

/** A filter on the first column that has enough values for it. */
async function firstFilter(service: Service, options: TableQueriesOptions): Promise<TableQueries> {
  const { model, prisma, rows } = options;
  const fields = filterFields(service, options);
  for (const field of fields) {
    const most = await quarterOf(field, options);
    if (most === undefined) continue;
    const where = { [field.name]: { lte: most } };
    const matching = await countRowsOf(prisma, model, where);
    if (matching < rows) continue;
    const request = { filter: { [propertyOf(field)]: { lte: most } } };
    const filter: TableQuery = { name: `where ${field.name} (${service})`, request, where };
    const total = await countRowsOf(prisma, model);
    return {
      queries: [filter, ...(service === 'index' ? inItsOrder(filter, field, options) : [])],
      notes: [`the filter on ${field.name} finds ${grouped(matching)} of ${grouped(total)} rows`],
    };
  }
  const what = service === 'index' ? 'that an index begins with' : 'that no index serves';
  const why = fields.length === 0 ? 'has none' : `finds fewer than ${grouped(rows)} rows by any`;
  return { queries: [], notes: [`no filter on a column ${what}: ${model.name} ${why}`] };
}

/** In the order of the filter's own column, an index is walked from one end to the other. */
function inItsOrder(filter: TableQuery, field: Field, { model, provider }: TableQueriesOptions): TableQuery[] {
  const order = streamOrders(model, provider).find(
    ({ columns: [first] }) => first?.field === field.name && first.direction === 'asc',
  );
  if (!order || field.name === model.key.fields[0]) return [];
  return [
    {
      ...filter,
      name: `${filter.name}, by ${columnsText(order)}`,
      request: { ...filter.request, order: orderValueName(model, order.name) },
      orderBy: order.columns.map(({ field: name, direction }) => ({ [name]: direction })),
    },
  ];
}

/** Types whose values have an order that every database and Prisma agree on. */
const ORDERED: readonly string[] = ['Int', 'BigInt', 'Float', 'DateTime', 'String'];

/** Columns other than the key's first: a filter on the key is a range of the plain stream. */
function filterFields(service: Service, { model, provider }: TableQueriesOptions): readonly Field[] {
  const unserved = new Set(unindexedFields(model, provider).map(({ name }) => name));
  return model.fields.filter(
    (field) =>
      isFilterField(field) &&
      field.type.kind === 'scalar' &&
      ORDERED.includes(field.type.scalar) &&
      !/^Uuid/.test(field.nativeType ?? '') &&
      unserved.has(field.name) === (service === 'no index') &&
      !model.key.fields.includes(field.name),
  );
}

/** The value up to which a quarter of the rows lie; undefined where the table has no values of this column. */
async function quarterOf({ name, optional }: Field, { prisma, model }: TableQueriesOptions): Promise<unknown> {
  const where = optional ? { [name]: { not: null } } : {};
  const values = await countRowsOf(prisma, model, where);
  const [row] = await findManyOf(
    prisma,
    model,
  )({
    where,
    orderBy: { [name]: 'asc' },
    select: { [name]: true },
    skip: Math.floor(values / 4),
    take: 1,
  });
  return row?.[name];
}

const codecSchema = z.object({
  requestType: z.custom<RequestCodec>(
    (value) => value instanceof Object && 'encode' in value && 'fromPartial' in value,
  ),
});

interface RequestCodec {
  encode(message: unknown): { finish(): Uint8Array };
  fromPartial(message: unknown): unknown;
}

/** The bytes of a query's members, as the codec writes them that was generated for the method. */
export function encodeQuery(method: unknown, { request }: Pick<TableQuery, 'request'>): Uint8Array {
  const { requestType } = codecSchema.parse(method);
  return requestType.encode(requestType.fromPartial(request)).finish();
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
