import { describe, expect, it } from 'vitest';
import { SchemaError } from '../../src/errors/index.js';
import {
  apiChanges,
  emptyLock,
  type FieldLock,
  generatableSchema,
  namingNotes,
  parseFieldLock,
  printFieldLock,
  printProto,
  schemaToProto,
} from '../../src/proto/index.js';
import { loadSchema, parseSchema } from '../../src/schema/index.js';
import { schemaFixtures } from '../schema/fixtures.js';

describe('names that would be the same in the API', () => {
  it.each([
    [
      'of a model and of the key of another',
      'model Book {\n id Int @id\n}\nmodel BookKey {\n id Int @id\n}',
      'model "BookKey" is BookKey2 in the API, since BookKey is the name of the key of model "Book"',
    ],
    [
      'of models that differ in their underscores',
      'model OrderItem {\n id Int @id\n}\nmodel order_item {\n id Int @id\n}',
      'model "order_item" is OrderItem2 in the API, since OrderItem is the name of model "OrderItem"',
    ],
    [
      'of a batch and of a stream',
      'model Book {\n id Int @id\n}\nmodel BookBatch {\n id Int @id\n}',
      'the stream of model "BookBatch" is StreamBookBatch2sRequest in the API, since StreamBookBatchesRequest is the name of the batches of model "Book"',
    ],
    [
      'of a model and the plural of another',
      'model User {\n id Int @id\n}\nmodel Users {\n id Int @id\n}',
      'the partitions of model "Users" is PartitionUsersListRequest in the API, since PartitionUsersRequest is the name of the partitions of model "User"',
    ],
    [
      'of an enum and of a model',
      'model BookState {\n id Int @id\n state Book_State\n}\nenum Book_State {\n A\n}',
      'model "BookState" is BookState2 in the API, since BookState is the name of enum "Book_State"',
    ],
    [
      'of the values of two enums, which share a scope',
      'model M {\n id Int @id\n a Book\n b BookState\n}\nenum Book {\n STATE_OPEN\n}\nenum BookState {\n OPEN\n}',
      'value "OPEN" of enum "BookState" is BOOK_STATE_OPEN_2 in the API, since BOOK_STATE_OPEN is the name of value "STATE_OPEN" of enum "Book"',
    ],
    [
      'of fields that differ in their underscores',
      'model M {\n id Int @id\n fullName Int\n full_name Int\n}',
      'field "full_name" of model "M" is full_name_2 in the API, since full_name is the name of field "fullName" of model "M"',
    ],
    [
      'of fields that are one in JSON',
      'model M {\n id Int @id\n line1 Int\n line_1 Int\n}',
      'field "line_1" of model "M" is line_1_2 in the API, since line1 is the name of field "line1" of model "M"',
    ],
    [
      'of orders',
      'model M {\n id Int @id\n a Int\n b Int\n a_then_b Int\n @@index([a, b])\n @@index([a_then_b])\n}',
      'the order by a_then_b of model "M" is M_SORT_ORDER_A_THEN_B_ASC_2 in the API, since M_SORT_ORDER_A_THEN_B_ASC is the name of the order by a, b of model "M"',
    ],
    [
      'of a model and of a type that its code is made of',
      'model Buffer {\n id Int @id\n}',
      'model "Buffer" is Buffer2 in the API, since Buffer is the name of the generated code',
    ],
    [
      'of a model and of the file of the enums',
      'model Enums {\n id Int @id\n a A\n}\nenum A {\n B\n}',
      'the file of model "Enums" is enums2.proto in the API, since enums.proto is the name of the generated code',
    ],
  ])('are told apart: %s', (_what, blocks, expected) => {
    const { schema, renamed } = generated(blocks);
    expect(schema.skipped).toEqual([]);
    expect(namingNotes(renamed).map(({ subject, what }) => `${subject} ${what}`)).toContain(expected);
  });

  it('leave the name to what the schema declares first', () => {
    const text = generated('model BookKey {\n id Int @id\n}\nmodel Book {\n id Int @id\n}').text;
    expect(text).toContain('message BookKey {');
    expect(text).toContain('message Book2Key {');
  });

  it('are chosen once: the next generation says nothing, and writes the same', () => {
    const blocks = 'model M {\n id Int @id\n fullName Int\n full_name Int\n}\nmodel MKey {\n id Int @id\n}';
    const first = generated(blocks);
    expect(first.text).toContain('int32 full_name_2 = 3;');
    const again = generated(blocks, first.lock);
    expect({ text: again.text, notes: again.notes }).toEqual({ text: first.text, notes: [] });
    // Without the other one, clients still know it by this name.
    const alone = generated('model M {\n id Int @id\n full_name Int\n}\nmodel MKey {\n id Int @id\n}', first.lock);
    expect(alone.text).toContain('int32 full_name_2 = 3;');
    expect(alone.text).toContain('message MKey2 {');
  });

  it('are ignored for an enum that no model uses', () => {
    expect(generated('model A {\n id Int @id\n}\nenum a {\n B\n}').notes).toEqual([]);
  });

  it.each(schemaFixtures)('do not occur in $name', async ({ schema }) => {
    const parsed = await loadSchema(schema);
    expect(generatableSchema(parsed, emptyLock)).toEqual(parsed);
  });
});

describe('tables, columns and values named as what every object has', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const schemaWith = (more: string) =>
    NAMES.map(
      (
        name,
        index,
      ) => `model M${index} {\n id Int @id\n${more}${NAMES.map((column, at) => ` c${at} Int @map("${column}")\n`).join('')} e E${index}
 @@index([c0])\n @@index([c1])\n @@map("${name}")\n}\nenum E${index} {\n${NAMES.map((value, at) => ` V${at} @map("${value}")\n`).join('')} @@map("${name}")\n}`,
    ).join('\n');

  it('keep their numbers, also when others are added', () => {
    const first = generated(schemaWith(''));
    expect(generated(schemaWith(''), first.lock).text).toBe(first.text);
    const grown = generated(schemaWith(' more Int\n'), first.lock);
    expect(grown.changes).toEqual([]);
    expect(grown.text.replaceAll(/ {2}int32 more = 7;\n| {2}Int32Filter more = 7;\n/g, '')).toBe(first.text);
    expect(Object.keys(first.lock.messages).sort()).toEqual([...NAMES].sort());
  });

  it('are reserved when they are gone', () => {
    const { lock } = generated(schemaWith(''));
    const { text } = generated(
      schemaWith('').replaceAll(' c0 Int @map("__proto__")\n', '').replaceAll(' @@index([c0])\n', ''),
      lock,
    );
    expect(text.match(/ {2}reserved 2;\n {2}reserved "c0";/g)).toHaveLength(12);
  });
});

describe('what is in service', () => {
  const BOOK = 'model Book {\n id Int @id\n createdAt DateTime\n}';

  it('keeps its name when another one that would have it is added, wherever the schema declares that', () => {
    const { lock } = generated(BOOK);
    const grown = generated(
      'model BookKey {\n id Int @id\n}\nmodel Book {\n id Int @id\n created_at Int?\n createdAt DateTime\n}',
      lock,
    );
    expect(grown.schema.skipped).toEqual([]);
    expect(grown.text).toContain('google.protobuf.Timestamp created_at = 2;');
    expect(grown.text).toContain('optional int32 created_at_2 = 3;');
    expect(grown.text).toContain('message BookKey2 {');
    expect(grown.changes).toEqual([]);
  });

  it('keeps the names of its methods when they have a list in them, as earlier versions wrote it', () => {
    const users = 'model Users {\n id Int @id\n}';
    const { text, lock } = generated(users);
    expect(text).toContain('rpc StreamUsers(StreamUsersRequest) returns (stream Users);');
    const { plural: _, ...older } = lock.messages.Users ?? { name: 'Users', active: {}, reserved: {} };
    const kept = generated(users, { ...lock, messages: { Users: older } });
    expect(kept.text).toContain('rpc StreamUsersList(StreamUsersListRequest) returns (stream Users);');
    expect(generated(users, kept.lock).text).toBe(kept.text);
    expect(generated(users, lock).text).toBe(text);
  });

  it.each([
    ['loses its key', 'model Book {\n /// @grpc.omit\n id Int @id\n createdAt DateTime\n}'],
    ['has an annotation with a mistake', 'model Book {\n id Int @id\n /// @grpc.omitt\n createdAt DateTime\n}'],
    [
      'includes what is not streamed',
      'model Book {\n id Int @id\n /// @grpc.include\n a A?\n}\n/// @grpc.omit\nmodel A {\n id Int @id\n book Book @relation(fields: [id], references: [id])\n}',
    ],
  ])('is not left out because it %s', (_what, blocks) => {
    const { lock } = generated('model Book {\n id Int @id\n createdAt DateTime\n}\nmodel C {\n id Int @id\n}');
    const schema = schemaOf(`${blocks}\nmodel C {\n id Int @id\n}`);
    expect(() => schemaToProto(schema, 'demo', lock)).toThrow(SchemaError);
    expect(() => schemaToProto(schema, 'demo', lock)).toThrow(/model "Book" .*; it is in service/);
    expect(schemaToProto(schema, 'demo', emptyLock).schema.models.map(({ name }) => name)).toContain('C');
  });

  it('goes when it is omitted on purpose', () => {
    const { lock } = generated(`${BOOK}\nmodel C {\n id Int @id\n}`);
    const { changes } = generated(`/// @grpc.omit\n${BOOK}\nmodel C {\n id Int @id\n}`, lock);
    expect(changes.map(({ level, subject, what }) => `${level} ${subject} ${what}`)).toEqual([
      'breaking Book was removed; its numbers stay reserved in the lock',
    ]);
  });
});

describe('the zero of an enum', () => {
  const schemaWith = (...values: string[]) => `model M {\n id Int @id\n s S\n}\nenum S {\n ${values.join('\n ')}\n}`;

  it('gives way to a value of a new enum that has its name', () => {
    const { text, lock } = generated(schemaWith('OPEN', 'UNSPECIFIED'));
    expect(text).toContain('  S_NONE_UNSPECIFIED = 0;\n  S_OPEN = 1;\n  S_UNSPECIFIED = 2;\n');
    const without = generated(schemaWith('OPEN'), lock);
    expect(without.text).toContain(
      '  reserved 2;\n  reserved "S_UNSPECIFIED";\n  S_NONE_UNSPECIFIED = 0;\n  S_OPEN = 1;\n',
    );
    expect(generated(schemaWith('OPEN', 'UNSPECIFIED'), without.lock).text).toBe(text);
  });

  it('stays when such a value is added', () => {
    const { lock } = generated(schemaWith('OPEN'));
    const { text, lock: next } = generated(schemaWith('OPEN', 'UNSPECIFIED'), lock);
    expect(text).toContain('  S_UNSPECIFIED = 0;\n  S_OPEN = 1;\n  S_UNSPECIFIED_2 = 2;\n');
    expect(generated(schemaWith('OPEN'), next).text).toContain('  reserved "S_UNSPECIFIED_2";\n  S_UNSPECIFIED = 0;\n');
  });

  it('is not reserved where an earlier version reserved its name', () => {
    const { lock } = generated(schemaWith('OPEN'));
    const S = {
      name: 'S',
      active: { OPEN: { name: 'S_OPEN', number: 1 } },
      reserved: { UNSPECIFIED: { name: 'S_UNSPECIFIED', number: 2 } },
    };
    const { text } = generated(schemaWith('OPEN'), { ...lock, enums: { S } });
    expect(text).toContain('enum S {\n  reserved 2;\n  S_UNSPECIFIED = 0;\n  S_OPEN = 1;\n}');
  });
});

describe('/// @grpc.name(…)', () => {
  const SCHEMA = `
/// @grpc.name(Volume)
model Book {
  id Int @id
  /// @grpc.name(full_title)
  title String
  state State
  /// @grpc.include
  /// @grpc.name(writer_row)
  author Author @relation(fields: [authorId], references: [id])
  authorId Int
  @@index([title])
}
/// @grpc.name(Writer)
model Author {
  id Int @id
  books Book[]
}
/// @grpc.name(Condition)
enum State {
  /// @grpc.name(AS_NEW)
  NEW
}`;

  it('names models, fields, relations, enums and values', () => {
    const { text } = generated(SCHEMA);
    for (const line of [
      'rpc StreamVolumes(StreamVolumesRequest) returns (stream Volume);',
      'string full_title = 2;',
      'Condition state = 3;',
      'Writer writer_row = 5;',
      'import "demo/v1/writer.proto";',
      'VOLUME_SORT_ORDER_FULL_TITLE_ASC = 3;',
      'ConditionFilter state = 3;',
      'CONDITION_AS_NEW = 1;',
      'repeated Volume volumes = 1;',
    ])
      expect(text).toContain(line);
    expect(text).not.toMatch(/@grpc|BookKey|message Author|State\b/);
  });

  it('keeps the name of a field that is renamed in Prisma', () => {
    const { lock, text } = generated('model M {\n id Int @id\n title String\n}');
    const renamed = 'model M {\n id Int @id\n /// @grpc.name(title)\n headline String @map("title")\n}';
    const next = generated(renamed, lock);
    expect({ text: next.text, changes: next.changes }).toEqual({ text, changes: [] });
  });

  it.each([
    ['/// @grpc.name(Book)\nmodel M {\n id Int @id\n}\n/// @grpc.name(Book)\nmodel N {\n id Int @id\n}', 'model "M"'],
    ['/// @grpc.name(StringFilter)\nmodel M {\n id Int @id\n}', 'the generated code'],
    ['model M {\n id Int @id\n /// @grpc.name(x)\n a Int\n /// @grpc.name(x)\n b Int\n}', 'field "a" of model "M"'],
  ])('is refused where another one has the name: %s', (blocks, holder) => {
    expect(() => generated(blocks)).toThrow(`which is the name of ${holder}`);
  });

  it('comes before the names that follow from the schema, while no client knows those', () => {
    const { text } = generated('/// @grpc.name(Book)\nmodel M {\n id Int @id\n}\nmodel Book {\n id Int @id\n}');
    expect(text).toContain('message Book2 {');
  });

  it('does not take a name from what clients know by it', () => {
    const { lock } = generated('model Book {\n id Int @id\n}');
    const blocks = 'model Book {\n id Int @id\n}\n/// @grpc.name(Book)\nmodel M {\n id Int @id\n}';
    expect(() => generated(blocks, lock)).toThrow(
      'model "M" would be Book in the API, which is the name of model "Book"',
    );
  });
});

function generated(blocks: string, lock: FieldLock = emptyLock) {
  const proto = schemaToProto(schemaOf(blocks), 'demo', lock);
  return {
    ...proto,
    // As it is read again from its file.
    lock: parseFieldLock(printFieldLock(proto.lock), 'lock'),
    text: proto.files.map(printProto).join('\n'),
    notes: namingNotes(proto.renamed),
    changes: apiChanges(lock, proto.lock),
  };
}

function schemaOf(blocks: string) {
  return parseSchema([{ path: 's.prisma', content: `datasource db {\n provider = "postgresql"\n}\n${blocks}` }]);
}

describe('names with digits', () => {
  const MODEL = 'model Model3D {\n id Int @id\n s B2B\n}\nenum B2B {\n OPEN\n}';

  it('have the prefixes that buf wants, and those that clients know', () => {
    const { text, lock } = generated(MODEL);
    expect(text).toContain('MODEL3D_SORT_ORDER_ID_ASC = 1;');
    expect(text).toContain('B2B_OPEN = 1;');
    const older: FieldLock = JSON.parse(
      JSON.stringify(lock).replaceAll('MODEL3D_SORT', 'MODEL3_D_SORT').replaceAll('"B2B_OPEN"', '"B2_B_OPEN"'),
    );
    const kept = generated(MODEL, older);
    expect(kept.text).toContain('MODEL3_D_SORT_ORDER_UNSPECIFIED = 0;\n  MODEL3_D_SORT_ORDER_ID_ASC = 1;');
    expect(kept.text).toContain('B2_B_UNSPECIFIED = 0;\n  B2_B_OPEN = 1;');
    expect(kept.changes).toEqual([]);
    expect(generated(MODEL, kept.lock).text).toBe(kept.text);
  });
});
