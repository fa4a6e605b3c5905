import { describe, expect, it } from 'vitest';
import { defaultStreamingSettings } from '../../src/config/index.js';
import { parseRequest } from '../../src/runtime/request/parse-request.js';
import { parsePartitionRequest } from '../../src/runtime/request/partition-request.js';
import { defineModel, type ModelDefinition } from '../../src/runtime/rows/define-model.js';

const definition: ModelDefinition = {
  name: 'Book',
  delegate: 'book',
  key: ['id'],
  // @@index([authorId]), @@index([shelf, place]), @@index([soldAt]), @@index([isbn])
  orders: {
    AUTHOR_ID_ASC: ['authorId', 'id'],
    SHELF_THEN_PLACE_ASC: ['shelf', 'place', 'id'],
    SOLD_AT_ASC: ['soldAt', 'id'],
    ISBN_ASC: ['isbn', 'id'],
  },
  fields: [
    { name: 'id', number: 1, type: 'Int' },
    { name: 'authorId', number: 2, type: 'Int', optional: true },
    { name: 'shelf', number: 3, type: 'Int' },
    { name: 'place', number: 4, type: 'Int' },
    { name: 'title', number: 5, type: 'String' },
    { name: 'soldAt', number: 6, type: 'DateTime', optional: true },
    { name: 'isbn', number: 7, type: 'String' },
  ],
};
const model = defineModel({ ...definition, provider: 'postgresql' });
const onSqlite = defineModel({ ...definition, provider: 'sqlite' });
const onMysql = defineModel({ ...definition, provider: 'mysql' });

const refusing = { ...defaultStreamingSettings, unindexedFilters: 'refuse' } as const;
const one = { equals: 1 };
const after = { gt: new Date(0) };

describe('filters of a server that refuses those that no index serves', () => {
  it.each<[string, object]>([
    ['the key', { id: { in: [1, 2] } }],
    ['a range', { authorId: { gte: 1, lt: 5 } }],
    ['NULL', { authorId: { isNull: true } }],
    ['all but NULL', { authorId: { isNull: false } }],
    ['all but NULL where there is none', { title: { isNull: false } }],
    ['each part of an or', { or: [{ authorId: one }, { id: one }] }],
    ['a field behind one that is fixed', { shelf: one, place: { gt: 3 } }],
    ['a field behind one of a few values', { shelf: { in: [1, 2] }, place: { gt: 3 } }],
    ['that field in another part', { and: [{ shelf: one }, { or: [{ place: one }, { place: { equals: 2 } }] }] }],
    ['anything of the rows of some keys', { id: { in: [1, 2] }, title: { contains: 'a' } }],
    ['anything of a row in a part of an or', { or: [{ authorId: one }, { id: one, not: { title: { equals: 'a' } } }] }],
    ['a date', { soldAt: after }],
  ])('may ask for %s', (_, filter) => {
    expect(parseRequest({ filter }, model, refusing).filter).toBeDefined();
    expect(parsePartitionRequest({ count: 2, filter }, model, refusing).filter).toBeDefined();
  });

  const MAKE = (field: string) =>
    `is served by no index, and this server refuses such filters; @@index([${field}]) in the schema of Book makes one`;
  it.each<[string, object, string]>([
    ['a field without an index', { title: { equals: 'a' } }, `filter.title ${MAKE('title')}`],
    ['one beside an indexed one', { authorId: one, title: { equals: 'a' } }, `filter.title ${MAKE('title')}`],
    ['one part of an or', { or: [{ id: one }, { title: { equals: 'a' } }] }, `filter.title ${MAKE('title')}`],
    ['the second field of an index alone', { place: one }, `filter.place ${MAKE('place')}`],
    ['it behind a range', { shelf: { gt: 1 }, place: one }, `filter.place ${MAKE('place')}`],
    ['it behind a choice', { or: [{ shelf: one }, { place: one }] }, `filter.place ${MAKE('place')}`],
    ['a part of a text', { isbn: { contains: 'a' } }, 'filter.isbn is searched for a part of its text'],
    ['the beginning of a text', { isbn: { startsWith: 'a' } }, 'filter.isbn is searched for a part of its text'],
    ['all but a value', { not: { authorId: one } }, 'filter.not is served by no index'],
  ])('may not ask for %s', (_, filter, message) => {
    expect(() => parseRequest({ filter }, model, refusing)).toThrow(refusal(message));
    expect(() => parsePartitionRequest({ count: 2, filter }, model, refusing)).toThrow(refusal(message));
    expect(parseRequest({ filter }, model, defaultStreamingSettings).filter).toBeDefined();
  });

  it('may not ask for a date of SQLite, which has several forms, but for none', () => {
    expect(() => parseRequest({ filter: { soldAt: after } }, onSqlite, refusing)).toThrow(
      refusal('filter.sold_at is a date, which SQLite may hold in several forms'),
    );
    expect(parseRequest({ filter: { soldAt: { isNull: true } } }, onSqlite, refusing).filter).toBeDefined();
  });

  it('may ask for the beginning of a text where LIKE walks an index', () => {
    expect(parseRequest({ filter: { isbn: { startsWith: 'a' } } }, onMysql, refusing).filter).toBeDefined();
    expect(() => parseRequest({ filter: { title: { startsWith: 'a' } } }, onMysql, refusing)).toThrow(
      refusal(`filter.title ${MAKE('title')}`),
    );
  });

  it('may ask for a field behind one that a hook fixes', () => {
    const view = { scope: { AND: [{ shelf: 1 }] }, constants: {}, map: undefined, unseen: new Set<string>() };
    expect(parseRequest({ filter: { place: one } }, model, refusing, view).filter).toBeDefined();
    expect(() => parseRequest({ filter: { place: one } }, model, refusing)).toThrow(refusal('filter.place'));
  });
});

function refusal(message: string): unknown {
  return expect.objectContaining({ status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) });
}
