import fc from 'fast-check';
import type { DatabaseProvider } from '../../../src/model/index.js';
import { meaningColumn, quoted, type Sample } from './column-kinds.js';
import type { FilledColumn } from './random-table.js';

/** A filter, before it is known which columns there are: places of columns and of values. */
export type RandomFilter =
  | { readonly and: readonly RandomFilter[] }
  | { readonly or: readonly RandomFilter[] }
  | { readonly not: RandomFilter }
  | RandomCondition;

interface RandomCondition {
  readonly column: number;
  readonly ask: number;
  readonly values: readonly number[];
}

export const randomFilter: fc.Arbitrary<RandomFilter> = fc.letrec<{ filter: RandomFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'filter' },
    fc.record({
      column: fc.nat({ max: 4 }),
      ask: fc.nat({ max: 99 }),
      values: fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 4 }),
    }),
    fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
    tie('filter').map((not) => ({ not })),
  ),
})).filter;

/** A filter as a request says it, and as SQL that is written by hand. */
export interface SaidFilter {
  readonly request: object;
  readonly sql: string;
}

export function sayFilter(
  filter: RandomFilter,
  columns: readonly FilledColumn[],
  provider: DatabaseProvider,
): SaidFilter | undefined {
  if ('not' in filter) {
    const part = sayFilter(filter.not, columns, provider);
    return part && { request: { not: part.request }, sql: `NOT (${part.sql})` };
  }
  if ('column' in filter) {
    const askable = columns.filter(({ kind, list }) => kind.filter !== 'none' && !list);
    const column = askable[filter.column % askable.length];
    return column && sayCondition(filter, column, provider);
  }
  const [kind, parts] = 'and' in filter ? (['and', filter.and] as const) : (['or', filter.or] as const);
  const said = parts.flatMap((part) => sayFilter(part, columns, provider) ?? []);
  if (said.length === 0) return undefined;
  const word = kind === 'and' ? ' AND ' : ' OR ';
  return { request: { [kind]: said.map(({ request }) => request) }, sql: `(${said.map(({ sql }) => sql).join(word)})` };
}

const OPERATORS = { equals: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
type Operator = keyof typeof OPERATORS;

function sayCondition({ ask, values }: RandomCondition, column: FilledColumn, provider: DatabaseProvider): SaidFilter {
  const { kind, field, pool, sql: name } = column;
  const askable = pool.filter(({ value }) => isAskable(value));
  const samples = values.flatMap((place) => askable[place % askable.length] ?? []);
  const [first] = samples;
  const compared = kind.meaning ? meaningColumn(name) : name;
  const literal = ({ sql, value }: Sample) => (kind.meaning ? `'${kind.meaning(value)}'` : sql);
  const said = (condition: object, sql: string) => ({ request: { [field.name]: condition }, sql });
  if (!first) return said({ isNull: true }, `${name} IS NULL`);
  const compare = (operator: Operator): SaidFilter =>
    said({ [operator]: first.value }, `${compared} ${OPERATORS[operator]} ${literal(first)}`);
  switch (ask % 10) {
    case 0:
      return said({ isNull: true }, `${name} IS NULL`);
    case 1:
      return said({ isNull: false }, `${name} IS NOT NULL`);
    case 2:
    case 3:
      return said({ in: samples.map(({ value }) => value) }, `${compared} IN (${samples.map(literal).join(', ')})`);
    case 4:
    case 5:
    case 6:
    case 7: {
      if (kind.filter === 'text') return sayText(ask, needleOf(values, String(first.value)), column, provider);
      if (kind.filter !== 'ordered') return compare('equals');
      const { value } = samples.at(-1) as Sample;
      const last = literal(samples.at(-1) as Sample);
      return said({ gte: first.value, lt: value }, `(${compared} >= ${literal(first)} AND ${compared} < ${last})`);
    }
    default:
      return compare(
        kind.filter === 'equality'
          ? 'equals'
          : ((['equals', 'lt', 'lte', 'gt', 'gte'] as const)[Math.floor(ask / 10) % 5] ?? 'gt'),
      );
  }
}

const SPECIAL = ['%', '_', '%_', 'a_', '0%', '!', '\\', '~', "'"];

/** A part of a text, or what LIKE may take for something else. */
function needleOf([first = 0, ...more]: readonly number[], text: string): string {
  return more.length > 1 ? (SPECIAL[first % SPECIAL.length] ?? '') : text.slice(first % 3, 4);
}

/** What no request may ask for, though a row may have it. */
function isAskable(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'string' || !value.includes('\0');
}

/** LIKE takes % and _ for anything: here they stand for themselves. */
function sayText(ask: number, needle: string, { field, sql }: FilledColumn, provider: DatabaseProvider): SaidFilter {
  const isContains = ask % 2 === 0;
  const pattern = `${isContains ? '%' : ''}${needle.replace(/[~%_]/g, '~$&')}%`;
  const inQuotes = quoted(provider === 'mysql' ? pattern.replaceAll('\\', '\\\\') : pattern);
  return {
    request: { [field.name]: { [isContains ? 'contains' : 'startsWith']: needle } },
    sql: `${sql} LIKE ${inQuotes} ESCAPE '~'`,
  };
}
