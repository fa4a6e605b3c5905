import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors/index.js';
import type { EnumModel, Field, ScalarType, SchemaModel, StreamModel } from '../../src/model/index.js';
import {
  emptyLock,
  type FieldLock,
  parseFieldLock,
  printFieldLock,
  printProto,
  schemaToProto,
} from '../../src/proto/index.js';
import { assignNumbers, type Wanted } from '../../src/proto/numbers/assign-numbers.js';

/** One table of a history: proto names and types by column, in the order of the schema. */
type Columns = readonly (readonly [column: string, name: string, type: string])[];

type Edit =
  | { readonly kind: 'add'; readonly column: string; readonly at: number }
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'rename'; readonly at: number; readonly name: string }
  | { readonly kind: 'retype'; readonly at: number; readonly type: string }
  | { readonly kind: 'reorder'; readonly by: number };

const letter = fc.constantFrom(...'abcdefghij');
const position = fc.nat(20);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), column: letter, at: position }),
  fc.record({ kind: fc.constant('drop' as const), at: position }),
  // With `@map`: the column stays, its name in the proto changes, and is no other's.
  fc.record({ kind: fc.constant('rename' as const), at: position, name: letter }),
  fc.record({
    kind: fc.constant('retype' as const),
    at: position,
    type: fc.constantFrom('string', 'optional string', 'bytes', 'repeated string'),
  }),
  fc.record({ kind: fc.constant('reorder' as const), by: position }),
);
const history = fc.array(fc.array(edit, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 });

describe('field numbers', () => {
  it('never belong to another column or type after any edits', () => {
    fc.assert(
      fc.property(history, (generations) => {
        const taken = new Map<number, string>();
        for (const { lock, columns } of walk(generations)) {
          expect(Object.keys(lock.active).sort()).toEqual(columns.map(([column]) => column).sort());
          for (const [column, { number, type = '' }] of Object.entries(lock.active)) {
            const meaning = `${column}: ${type.replace('optional ', '')}`;
            expect(taken.get(number) ?? meaning).toBe(meaning);
            taken.set(number, meaning);
          }
          expect(new Set(Object.values(lock.active).map(({ number }) => number)).size).toBe(columns.length);
        }
      }),
    );
  });

  it('never change for a column that keeps its type', () => {
    fc.assert(
      fc.property(history, (generations) => {
        const given = new Map<string, { readonly number: number; readonly type: string }>();
        for (const { lock } of walk(generations)) {
          for (const [column, { number, type = '' }] of Object.entries(lock.active)) {
            const before = given.get(column);
            const holds = type.replace('optional ', '');
            if (before?.type === holds) expect(number).toBe(before.number);
            given.set(column, { number, type: holds });
          }
        }
      }),
    );
  });

  it('are kept for every column that ever existed, with its last name', () => {
    fc.assert(
      fc.property(history, (generations) => {
        const lastNames = new Map([['id', 'id']]);
        const given = new Set<number>();
        for (const { lock, columns } of walk(generations)) {
          for (const [column, name] of columns) lastNames.set(column, name);
          const remembered = { ...lock.reserved, ...lock.active };
          expect(Object.fromEntries(Object.entries(remembered).map(([id, { name }]) => [id, name]))).toEqual(
            Object.fromEntries(lastNames),
          );
          expect(Object.keys(lock.reserved).filter((column) => column in lock.active)).toEqual([]);
          const now = Object.values(remembered).flatMap(({ number, retired = [] }) => [number, ...retired]);
          for (const number of now) given.add(number);
          expect(now.toSorted()).toEqual([...given].sort());
        }
      }),
    );
  });

  it('do not depend on how often the schema was generated', () => {
    fc.assert(
      fc.property(history, (generations) => {
        const last = walk(generations).at(-1);
        if (!last) return;
        expect(assignNumbers(last.lock, wantedOf(last.columns))).toEqual(last.lock);
      }),
    );
  });

  it('are assigned in the order of the schema, from 1', () => {
    const { active } = assignNumbers(undefined, new Map(['c', 'a', 'b'].map((name) => [name, { name }])));
    expect(active).toEqual({
      c: { name: 'c', number: 1 },
      a: { name: 'a', number: 2 },
      b: { name: 'b', number: 3 },
    });
  });

  it('skip the range that protobuf reserves', () => {
    const previous = { active: { a: { name: 'a', number: 18_998 } }, reserved: {} };
    const wanted = new Map(['a', 'b', 'c'].map((name) => [name, { name }]));
    expect(Object.values(assignNumbers(previous, wanted).active).map(({ number }) => number)).toEqual([
      18_998, 18_999, 20_000,
    ]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('are assigned to a column named %s', (column) => {
    const schema = schemaWith([field('id'), { ...field('odd'), column }]);
    const { lock } = schemaToProto(schema, 'demo', emptyLock);
    const again = schemaToProto(schema, 'demo', parseFieldLock(printFieldLock(lock), 'lock'));
    expect(again.files[0]?.messages[0]?.fields.map(({ number }) => number)).toEqual([1, 2]);
    expect(printFieldLock(again.lock)).toBe(printFieldLock(lock));
  });
});

describe('a field that is removed or changed', () => {
  const before = schemaToProto(schemaWith(['id', 'title', 'pages'].map(field)), 'demo', emptyLock);

  it('is reserved by number and by name', () => {
    const { files } = schemaToProto(schemaWith([field('id'), field('pages')]), 'demo', before.lock);
    expect(textOf(files)).toContain('  reserved 2;\n  reserved "title";\n  string id = 1;\n  string pages = 3;\n');
  });

  it('gets its number back when it is added again', () => {
    const without = schemaToProto(schemaWith([field('id'), field('pages'), field('isbn')]), 'demo', before.lock);
    expect(textOf(without.files)).toContain('string isbn = 4;');
    const again = schemaToProto(schemaWith(['id', 'title', 'pages', 'isbn'].map(field)), 'demo', without.lock);
    expect(textOf(again.files)).toContain('string title = 2;');
    expect(textOf(again.files)).not.toContain('reserved');
  });

  it('keeps its number when its column is renamed', () => {
    const renamed = { ...field('title'), column: 'other' };
    const { files } = schemaToProto(schemaWith([field('id'), renamed]), 'demo', before.lock);
    expect(textOf(files)).toContain('  reserved 3;\n  reserved "pages";\n  string id = 1;\n  string title = 2;\n');
  });

  it('gets a new number with another type, and its old one stays reserved', () => {
    const retyped: Field = { ...field('title'), type: { kind: 'scalar', scalar: 'Int' } };
    const { files } = schemaToProto(schemaWith([field('id'), retyped, field('pages')]), 'demo', before.lock);
    expect(textOf(files)).toContain('  reserved 2;\n  string id = 1;\n  int32 title = 4;\n  string pages = 3;\n');
  });

  it.each([
    [{ scalar: 'Int' }, { scalar: 'BigInt' }],
    [{ scalar: 'String' }, { scalar: 'Decimal' }],
    [{ scalar: 'String' }, { scalar: 'String', optional: true }],
  ] as const)('keeps its number from %j to %j, which have the same encoding', (from, to) => {
    const typed = ({ scalar, ...rest }: { scalar: ScalarType; optional?: boolean }): Field => ({
      ...field('title'),
      type: { kind: 'scalar', scalar },
      ...rest,
    });
    const first = schemaToProto(schemaWith([field('id'), typed(from)]), 'demo', emptyLock);
    const second = schemaToProto(schemaWith([field('id'), typed(to)]), 'demo', first.lock);
    expect(second.files[0]?.messages[0]?.fields.map(({ number }) => number)).toEqual([1, 2]);
    expect(second.files[0]?.messages[0]?.reserved).toEqual({ numbers: [], names: [] });
  });

  it('keeps its number when it is only renamed, with @map', () => {
    const renamed = { ...field('headline'), column: 'title' };
    const { files } = schemaToProto(schemaWith([field('id'), renamed, field('pages')]), 'demo', before.lock);
    expect(textOf(files)).toContain('string headline = 2;');
  });

  it('stays in the lock when its model is removed, and when the model is added again', () => {
    const empty = schemaToProto({ ...schemaWith([]), models: [] }, 'demo', before.lock);
    expect(empty.lock.messages.books).toEqual({ ...before.lock.messages.books, removed: true });
    const back = schemaToProto(schemaWith(['pages', 'id'].map(field)), 'demo', empty.lock);
    expect(textOf(back.files)).toContain('string pages = 3;\n  string id = 1;');
  });
});

describe('tables with the same name in two database schemas', () => {
  it('have numbers of their own', () => {
    const [book] = schemaWith([]).models;
    if (!book) throw new Error('no model');
    const sales: StreamModel = { ...book, name: 'Sale', schema: 'sales', fields: [field('id'), field('amount')] };
    const stock: StreamModel = { ...book, name: 'Stock', schema: 'stock', fields: [field('place'), field('id')] };
    const { files, lock } = schemaToProto({ ...schemaWith([]), models: [sales, stock] }, 'demo', emptyLock);
    expect(Object.keys(lock.messages)).toEqual(['sales.books', 'stock.books']);
    expect(textOf(files)).toContain('string id = 1;\n  string amount = 2;');
    expect(textOf(files)).toContain('string place = 1;\n  string id = 2;');
  });
});

describe('enum numbers', () => {
  const enumOf = (...values: string[]): EnumModel => ({
    name: 'State',
    file: 's.prisma',
    line: 1,
    values: values.map((name) => ({ name, stored: name.toLowerCase() })),
  });
  const schema = (model: EnumModel): SchemaModel => ({
    ...schemaWith([field('id'), { ...field('state'), type: { kind: 'enum', enum: 'State' } }]),
    enums: [model],
  });

  it('are kept, reserved and printed like those of fields', () => {
    const first = schemaToProto(schema(enumOf('OPEN', 'PAID', 'SENT')), 'demo', emptyLock);
    const second = schemaToProto(schema(enumOf('SENT', 'LOST', 'OPEN')), 'demo', first.lock);
    expect(textOf(second.files)).toContain(
      [
        'enum State {',
        '  reserved 2;',
        '  reserved "STATE_PAID";',
        '  STATE_UNSPECIFIED = 0;',
        '  STATE_OPEN = 1;',
        '  STATE_SENT = 3;',
        '  STATE_LOST = 4;',
        '}',
      ].join('\n'),
    );
  });
});

describe('an enum of the database', () => {
  it('keeps its numbers when it and its values are renamed with @map and @@map', () => {
    const of = (name: string, values: Readonly<Record<string, string>>, stored?: string): SchemaModel => ({
      ...schemaWith([field('id'), { ...field('state'), type: { kind: 'enum', enum: name } }]),
      enums: [
        {
          name,
          file: 's.prisma',
          line: 1,
          ...(stored === undefined ? {} : { stored }),
          values: Object.entries(values).map(([value, column]) => ({ name: value, stored: column })),
        },
      ],
    });
    const first = schemaToProto(of('State', { OPEN: 'OPEN', PAID: 'PAID' }), 'demo', emptyLock);
    const second = schemaToProto(
      of('Phase', { PAID: 'PAID', NEW: 'NEW', ACTIVE: 'OPEN' }, 'State'),
      'demo',
      first.lock,
    );
    expect(textOf(second.files)).toContain(
      'enum Phase {\n  PHASE_UNSPECIFIED = 0;\n  PHASE_ACTIVE = 1;\n  PHASE_PAID = 2;\n  PHASE_NEW = 3;\n}',
    );
    expect(textOf(second.files)).toContain('  Phase state = 2;\n');
  });
});

describe('a table that is renamed', () => {
  it('keeps every number of its message', () => {
    const named = (table: string) => {
      const schema = schemaWith(['id', 'title'].map(field));
      return { ...schema, models: schema.models.map((model) => ({ ...model, table })) };
    };
    const first = schemaToProto(named('Book'), 'demo', emptyLock);
    const second = schemaToProto(named('books'), 'demo', first.lock);
    const fieldsOf = ({ files }: typeof first) => files[0]?.messages[0]?.fields;
    expect(fieldsOf(second)).toEqual(fieldsOf(first));
    expect(Object.keys(second.lock.messages)).toEqual(['books']);
  });
});

describe('@grpc.number', () => {
  const numbered = (numbers: Readonly<Record<string, number | undefined>>): SchemaModel =>
    schemaWith(
      Object.entries(numbers).map(([name, number]) => ({
        ...field(name),
        ...(number === undefined ? {} : { number }),
      })),
    );
  const first = schemaToProto(numbered({ id: undefined, isbn: undefined }), 'demo', emptyLock);

  it('gives a field the number that it asks for, and other fields free numbers', () => {
    const { files } = schemaToProto(numbered({ id: undefined, isbn: 7, title: 1 }), 'demo', emptyLock);
    expect(textOf(files)).toContain('  string id = 8;\n  string isbn = 7;\n  string title = 1;\n');
  });

  it('retires the number that a field had', () => {
    const { files } = schemaToProto(numbered({ id: undefined, isbn: 7 }), 'demo', first.lock);
    expect(textOf(files)).toContain('  reserved 2;\n  string id = 1;\n  string isbn = 7;\n');
  });

  it('can be removed after the next generation', () => {
    const second = schemaToProto(numbered({ id: undefined, isbn: 7 }), 'demo', first.lock);
    const third = schemaToProto(numbered({ id: undefined, isbn: undefined }), 'demo', second.lock);
    expect([third.files, third.lock]).toEqual([second.files, second.lock]);
  });

  it.each([
    [{ id: undefined, isbn: 1 }, 'isbn of model "Book" asks for number 1, which id has'],
    [{ id: 7, isbn: 7 }, 'id of model "Book" asks for number 7, and so does isbn'],
    [{ isbn: 1 }, 'isbn of model "Book" asks for number 1, which is reserved because id had it'],
    [{ id: undefined, isbn: 19_001 }, 'isbn of model "Book" asks for number 19001, but numbers are 1 to 536870911'],
  ])('is refused for %j', (numbers, message) => {
    expect(() => schemaToProto(numbered(numbers), 'demo', first.lock)).toThrow(message);
  });

  it('is refused for a value of another type, under the number that it had', () => {
    const retyped: Field = { ...field('isbn'), type: { kind: 'scalar', scalar: 'Int' }, number: 2 };
    expect(() => schemaToProto(schemaWith([field('id'), retyped]), 'demo', first.lock)).toThrow(
      'isbn of model "Book" asks for number 2, which it had as string; it is int32 now',
    );
  });
});

describe('the lock file', () => {
  const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
  const text = fc.string({ minLength: 1, maxLength: 12 }).filter((id) => id !== '__proto__');
  const column = fc.oneof(text, fc.constantFrom('1', '10', '2', '"', '\\', '{'));
  const numbered = fc
    .uniqueArray(fc.tuple(column, fc.integer({ min: 1, max: 18_999 }), name, fc.boolean()), {
      selector: ([, number]) => number,
    })
    .map((all) => all.filter(([id], index) => all.findIndex(([other]) => other === id) === index))
    .map((all) => {
      const entries = (isActive: boolean) =>
        Object.fromEntries(
          all.filter((one) => one[3] === isActive).map(([id, number, name]) => [id, { name, number }]),
        );
      return { name: 'Book', active: entries(true), reserved: entries(false) };
    });
  const tables = fc.dictionary(column, numbered, { noNullPrototype: true });
  const lock: fc.Arbitrary<FieldLock> = fc.record(
    { version: fc.constant(1 as const), package: name, messages: tables, enums: tables, orders: tables },
    { noNullPrototype: true },
  );

  it('is parsed as it was printed', () => {
    fc.assert(
      fc.property(lock, (value) => {
        expect(parseFieldLock(printFieldLock(value), 'lock')).toEqual(value);
      }),
    );
  });

  it('is printed the same for any order of its entries', () => {
    fc.assert(
      fc.property(lock, (value) => {
        const reversed = {
          ...value,
          orders: reverse(value.orders),
          enums: reverse(value.enums),
          messages: reverse(value.messages),
        };
        expect(printFieldLock(reversed)).toBe(printFieldLock(value));
      }),
    );
  });

  it('has one entry per line, so that branches that add different models merge', () => {
    const first = schemaToProto(schemaWith(['id', 'isbn', 'title'].map(field)), 'demo', emptyLock);
    const second = schemaToProto(schemaWith(['id', 'title'].map(field)), 'demo', first.lock);
    expect(printFieldLock({ ...second.lock, orders: {} })).toBe(
      [
        '{',
        '  "enums": {},',
        '  "messages": {',
        '    "books": {',
        '      "name": "Book",',
        '      "numbers": {',
        '        "id": { "name": "id", "number": 1, "type": "string", "key": true },',
        '        "isbn": { "name": "isbn", "number": 2, "type": "string", "removed": true },',
        '        "title": { "name": "title", "number": 3, "type": "string" }',
        '      }',
        '    }',
        '  },',
        '  "orders": {},',
        '  "package": "demo",',
        '  "version": 1',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('gives two branches that each drop or rename the same numbers, in whichever order they merge', () => {
    const base = schemaToProto(schemaWith(['id', 'a', 'b', 'c'].map(field)), 'demo', emptyLock).lock;
    const renamed = { ...field('bee'), column: 'b' };
    const dropThenRename = [['id', 'b', 'c'].map(field), [field('id'), renamed, field('c')]];
    const renameThenDrop = [
      [field('id'), field('a'), renamed, field('c')],
      [field('id'), renamed, field('c')],
    ];
    const end = (steps: Field[][]) =>
      steps.reduce((lock, fields) => schemaToProto(schemaWith(fields), 'demo', lock).lock, base);
    expect(printFieldLock(end(dropThenRename))).toBe(printFieldLock(end(renameThenDrop)));
  });

  it('is refused when a merge gave two columns of one table the same number', () => {
    const text = printFieldLock({
      ...emptyLock,
      messages: {
        books: { name: 'Book', active: { a: { name: 'a', number: 2 }, b: { name: 'b', number: 2 } }, reserved: {} },
      },
    });
    expect(errorOf(text).message).toBe('proto/grpc-stream.lock.json gives number 2 of books to both a and b');
    expect(errorOf(text).nextActions).toEqual([
      'remove the entry of the branch that was not released, and run `npx grpc-stream generate` for a new number',
    ]);
  });

  it('is refused when it has a merge conflict, or is cut off', () => {
    for (const text of ['<<<<<<< HEAD\n{}', '{', '', '[]', '{"version":2,"messages":{},"enums":{}}']) {
      const error = errorOf(text);
      expect(error.message).toMatch(/^proto\/grpc-stream\.lock\.json is not a field-number lock/);
      expect(error.message).not.toContain('\n');
      expect(error.nextActions).toHaveLength(1);
    }
    expect(errorOf('<<<<<<< HEAD\n{}').message).toContain('merge conflict');
  });

  it('is refused when protobuf does not allow a number', () => {
    for (const number of [0, -1, 1.5, 19_000, 19_999, 536_870_912]) {
      const text = JSON.stringify({
        version: 1,
        messages: { books: { name: 'Book', numbers: { a: { name: 'a', number } } } },
        enums: {},
      });
      expect(errorOf(text).message).toContain('messages.books.numbers.a.number');
    }
  });
});

function walk(generations: readonly (readonly Edit[])[]) {
  let columns: Columns = [['id', 'id', 'string']];
  let lock = assignNumbers(undefined, wantedOf(columns));
  return generations.map((edits) => {
    columns = edits.reduce(apply, columns);
    lock = assignNumbers(lock, wantedOf(columns));
    return { columns, lock };
  });
}

function wantedOf(columns: Columns): Wanted {
  return new Map(columns.map(([column, name, type]) => [column, { name, type }]));
}

function apply(columns: Columns, change: Edit): Columns {
  switch (change.kind) {
    case 'add': {
      if (columns.some(([column]) => column === change.column)) return columns;
      return columns.toSpliced(change.at % (columns.length + 1), 0, [change.column, change.column, 'string']);
    }
    case 'drop':
      return columns.filter((_, index) => index !== change.at);
    case 'rename':
      return columns.map(([column, name, type], index) => [
        column,
        index === change.at ? `${column}_as_${change.name}` : name,
        type,
      ]);
    case 'retype':
      return columns.map(([column, name, type], index) => [column, name, index === change.at ? change.type : type]);
    case 'reorder':
      return columns.map((_, index) => columns[(index + change.by) % columns.length] ?? ['', '', '']);
  }
}

function reverse<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).reverse());
}

function field(name: string): Field {
  const type = { kind: 'scalar', scalar: 'String' } as const;
  return { name, column: name, type, list: false, optional: false, hasDefault: false, autoincrement: false };
}

function schemaWith(fields: readonly Field[]): SchemaModel {
  const model: StreamModel = {
    name: 'Book',
    kind: 'model',
    file: 'schema.prisma',
    line: 1,
    delegate: 'book',
    table: 'books',
    fields,
    omitted: [],
    includes: [],
    key: { fields: ['id'], source: 'id' },
    uniques: [['id']],
    indexes: [],
    relations: [],
  };
  return { provider: 'postgresql', models: [model], omitted: [], enums: [], skipped: [] };
}

function textOf(files: readonly Parameters<typeof printProto>[0][]): string {
  return files.map(printProto).join('\n');
}

function errorOf(text: string): UsageError {
  try {
    parseFieldLock(text, 'proto/grpc-stream.lock.json');
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('the lock was accepted');
}
