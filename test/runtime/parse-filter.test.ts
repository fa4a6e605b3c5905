import { describe, expect, it } from 'vitest';
import { StreamError } from '../../src/errors/index.js';
import { defineModel, type ModelField } from '../../src/runtime/index.js';
import { parseFilter } from '../../src/runtime/request/parse-filter.js';
import { prismaWhere } from '../../src/runtime/rows/condition.js';

const fields: ModelField[] = [
  { name: 'id', number: 1, type: 'String', native: 'Uuid' },
  { name: 'title', number: 2, type: 'String', optional: true },
  { name: 'pageCount', property: 'pageCount', number: 3, type: 'Int', native: 'SmallInt' },
  { name: 'sold', number: 4, type: 'BigInt' },
  { name: 'price', number: 5, type: 'Decimal' },
  { name: 'rating', number: 6, type: 'Float' },
  { name: 'inPrint', number: 7, type: 'Boolean' },
  { name: 'createdAt', number: 8, type: 'DateTime' },
  { name: 'cover', number: 9, type: 'Bytes' },
  { name: 'status', number: 10, type: 'enum', values: { ACTIVE: 1, NOT_ACTIVE: 2 } },
  { name: 'extra', number: 11, type: 'Json' },
];
const facts = { name: 'Book', delegate: 'book', key: ['id'], fields };
const model = defineModel({ ...facts, provider: 'postgresql' });
const parse = (filter: object) => prismaWhere(parseFilter(filter, model), 'postgresql');
const uuid = '00000000-0000-4000-8000-000000000000';

describe('parseFilter', () => {
  it.each([
    [{ title: { equals: 'Emma' } }, { title: { equals: 'Emma' } }],
    [{ title: { equals: '' } }, { title: { equals: '' } }],
    [{ pageCount: { gt: 0, lte: 10 } }, { AND: [{ pageCount: { gt: 0 } }, { pageCount: { lte: 10 } }] }],
    [{ sold: { in: [1n, 2n] } }, { sold: { in: [1n, 2n] } }],
    [{ price: { gte: '-12.50' } }, { price: { gte: '-12.50' } }],
    [{ rating: { lt: 1.5 } }, { rating: { lt: 1.5 } }],
    [{ inPrint: { equals: false } }, { inPrint: { equals: false } }],
    [{ createdAt: { gt: new Date(-1) } }, { createdAt: { gt: new Date(-1) } }],
    [{ cover: { equals: new Uint8Array(0) } }, { cover: { equals: new Uint8Array(0) } }],
    [{ status: { equals: 'BOOK_STATUS_NOT_ACTIVE' } }, { status: { equals: 'NOT_ACTIVE' } }],
    [{ id: { equals: uuid } }, { id: { equals: uuid } }],
    [{ title: { isNull: true } }, { title: null }],
    [{ title: { isNull: false } }, { NOT: { title: null } }],
    [{ id: { isNull: true } }, { id: { in: [] } }],
    [{ inPrint: { isNull: true } }, { AND: [{ inPrint: { equals: true } }, { inPrint: { equals: false } }] }],
    [{ id: { isNull: false } }, { NOT: { id: { in: [] } } }],
    [{ not: { rating: { lt: 1 } } }, { NOT: { rating: { lt: 1 } } }],
    [
      { or: [{ rating: { lt: 1 } }, { and: [{ rating: { gt: 2 } }] }] },
      { OR: [{ rating: { lt: 1 } }, { AND: [{ rating: { gt: 2 } }] }] },
    ],
    [
      { rating: { lt: 1 }, title: { startsWith: 'E' } },
      { AND: [{ rating: { lt: 1 } }, { title: { startsWith: 'E' } }] },
    ],
  ])("converts %o to Prisma's where", (filter, where) => {
    expect(parse(filter)).toEqual(where);
  });

  it('ignores members that a codec leaves unset', () => {
    const unset = { equals: null, in: [], lt: undefined };
    expect(parse({ id: null, and: [], or: [], not: null, rating: { ...unset, lt: 1 } })).toEqual({ rating: { lt: 1 } });
  });

  it.each([
    [{}, 'filter', 'has no condition that this server knows'],
    [{ rating: {} }, 'filter.rating', 'has no condition that this server knows'],
    [{ not: {} }, 'filter.not', 'has no condition that this server knows'],
    [{ or: [{ rating: { lt: 1 } }, {}] }, 'filter.or[1]', 'has no condition that this server knows'],
    [{ secret: { equals: 1 } }, 'filter.secret', 'is not a field to filter by'],
    [{ author: { name: { equals: 'x' } } }, 'filter.author', 'is not a field to filter by'],
    [{ constructor: { equals: 'x' } }, 'filter.constructor', 'is not a field to filter by'],
    [{ rating: { mode: 'insensitive' } }, 'filter.rating.mode', 'is not a condition that this server knows'],
    [{ rating: { lt: Number.NaN } }, 'filter.rating.lt', 'must be a finite number'],
    [{ pageCount: { equals: 40_000 } }, 'filter.page_count.equals', 'must be from -32768 to 32767'],
    [{ price: { equals: '1e999999999' } }, 'filter.price.equals', 'must be a decimal'],
    [{ price: { equals: '9'.repeat(101) } }, 'filter.price.equals', 'must be a decimal'],
    [{ id: { equals: "'; DROP TABLE" } }, 'filter.id.equals', 'must be a UUID'],
    [{ id: { contains: 'a' } }, 'filter.id.contains', 'works with texts only'],
    [{ title: { equals: 'a\0b' } }, 'filter.title.equals', 'must not hold a zero byte'],
    [{ title: { in: ['a', 'x'.repeat(4097)] } }, 'filter.title.in[1]', 'is longer than 4096'],
    [{ createdAt: { lt: new Date(Number.NaN) } }, 'filter.created_at.lt', 'must be a time from the year 1 to 9999'],
    [{ createdAt: { lt: new Date(8.64e15) } }, 'filter.created_at.lt', 'must be a time from the year 1 to 9999'],
    [{ status: { equals: 'BOOK_STATUS_UNSPECIFIED' } }, 'filter.status.equals', 'is not a known value'],
    [{ extra: { equals: 'x' } }, 'filter.extra.equals', 'is JSON'],
  ])('refuses %o', (filter, field, description) => {
    const { status, fieldViolations } = refusal(filter);
    expect(status).toBe('INVALID_ARGUMENT');
    expect(fieldViolations).toEqual([{ field, description: expect.stringContaining(description) }]);
  });

  it('is bounded in depth, conditions and listed values', () => {
    const nested = (levels: number): object => (levels === 0 ? { rating: { lt: 1 } } : { not: nested(levels - 1) });
    expect(() => parse(nested(7))).not.toThrow();
    expect(refusal(nested(8)).message).toContain('goes deeper than 8 levels');

    const many = (count: number) => ({ or: Array.from({ length: count }, () => ({ rating: { lt: 1 } })) });
    expect(() => parse(many(100))).not.toThrow();
    expect(refusal(many(101)).message).toBe('filter has more than 100 conditions');

    const listed = (count: number) => ({
      and: [{ sold: { in: Array(600).fill(1n) } }, { sold: { in: Array(count).fill(1n) } }],
    });
    expect(() => parse(listed(400))).not.toThrow();
    expect(refusal(listed(401)).message).toBe('filter lists more than 1000 values');
  });

  it('searches for %, _ and the backslash as characters', () => {
    expect(parse({ title: { contains: '50%_\\' } })).toEqual({ title: { contains: '50\\%\\_\\\\' } });
    expect(parse({ title: { startsWith: '_' } })).toEqual({ title: { startsWith: '\\_' } });
  });

  it('refuses them where the database would use them as wildcards', () => {
    const where = (filter: object) => prismaWhere(parseFilter(filter, model), 'sqlite');
    expect(where({ title: { contains: 'a\\b' } })).toEqual({ title: { contains: 'a\\b' } });
    for (const filter of [{ title: { contains: '50%' } }, { title: { startsWith: '_' } }]) {
      expect(() => where(filter)).toThrow('the text that title is searched for must not contain %');
    }
  });
});

function refusal(filter: object): StreamError {
  try {
    parse(filter);
  } catch (error) {
    if (error instanceof StreamError) return error;
    throw error;
  }
  throw new Error('the filter was accepted');
}
