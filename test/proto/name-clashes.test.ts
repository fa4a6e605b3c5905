import { describe, expect, it } from 'vitest';
import type { SchemaModel } from '../../src/model/index.js';
import { emptyLock, generatableSchema, schemaToProto } from '../../src/proto/index.js';
import { loadSchema, parseSchema } from '../../src/schema/index.js';
import { schemaFixtures } from '../schema/fixtures.js';

const TABLE = '(@@map keeps its name in the database)';

describe('names that would be the same in the proto', () => {
  it.each([
    [
      'of a model and of the key of another',
      'model Book {\n id Int @id\n}\nmodel BookKey {\n id Int @id\n}',
      `the key of model "Book" and model "BookKey" would both be BookKey in the proto; rename one in the schema ${TABLE}`,
    ],
    [
      'of models that differ in their underscores',
      'model OrderItem {\n id Int @id\n}\nmodel order_item {\n id Int @id\n}',
      `model "OrderItem" and model "order_item" would both be OrderItem in the proto; rename one in the schema ${TABLE}`,
    ],
    [
      'of a batch and of a stream',
      'model Book {\n id Int @id\n}\nmodel BookBatch {\n id Int @id\n}',
      `the batches of model "Book" and the stream of model "BookBatch" would both be StreamBookBatchesRequest in the proto; rename one in the schema ${TABLE}`,
    ],
    [
      'of an enum and of a model',
      'model BookState {\n id Int @id\n state Book_State\n}\nenum Book_State {\n A\n}',
      `enum "Book_State" and model "BookState" would both be BookState in the proto; rename one in the schema ${TABLE}`,
    ],
    [
      'of the values of two enums, which share a scope',
      'model M {\n id Int @id\n a Book\n b BookState\n}\nenum Book {\n STATE_OPEN\n}\nenum BookState {\n OPEN\n}',
      `value "STATE_OPEN" of enum "Book" and value "OPEN" of enum "BookState" would both be BOOK_STATE_OPEN in the proto; rename one in the schema ${TABLE}`,
    ],
    [
      'of a value and the zero that protobuf demands',
      'model M {\n id Int @id\n a State\n}\nenum State {\n unspecified\n}',
      `the zero value of enum "State" and value "unspecified" of enum "State" would both be STATE_UNSPECIFIED in the proto; rename a value (@map keeps what the database stores)`,
    ],
    [
      'of fields that differ in their underscores',
      'model M {\n id Int @id\n fullName Int\n full_name Int\n}',
      'field "fullName" of model "M" and field "full_name" of model "M" would both be full_name in the proto; rename one (@map keeps its column)',
    ],
    [
      'of fields that are one in JSON',
      'model M {\n id Int @id\n line1 Int\n line_1 Int\n}',
      'field "line1" of model "M" and field "line_1" of model "M" would both be line1 in JSON; rename one (@map keeps its column)',
    ],
    [
      'of a model and of a type that its code is made of',
      'model Buffer {\n id Int @id\n}',
      `model "Buffer" would be Buffer, which the generated code needs for itself; rename it ${TABLE}`,
    ],
    [
      'of a model and of the file of the enums',
      'model Enums {\n id Int @id\n a A\n}\nenum A {\n B\n}',
      `model "Enums" would be enums.proto, which the generated code needs for itself; rename it ${TABLE}`,
    ],
  ])('are found: %s', (_what, blocks, expected) => {
    expect(reasonsOf(schemaOf(blocks))).toEqual([expected]);
  });

  it('leave out the models that have them, each with its location, and generate the others', () => {
    const schema = schemaOf(
      'model Buffer {\n id Int @id\n a_b Int\n aB Int\n}\nmodel Close {\n id Int @id\n}\nmodel Book {\n id Int @id\n}',
    );
    const result = schemaToProto(schema, 'demo', emptyLock);
    expect(result.files.map(({ path }) => path)).toEqual(['demo/v1/book.proto', 'demo/v1/streaming.proto']);
    expect(Object.keys(result.lock.messages)).toEqual(['Book']);
    expect(result.schema.skipped.map(({ name, file, line }) => ({ name, file, line }))).toEqual([
      { name: 'Buffer', file: 's.prisma', line: 4 },
      { name: 'Buffer', file: 's.prisma', line: 4 },
      { name: 'Close', file: 's.prisma', line: 9 },
    ]);
    for (const { name, reason } of result.schema.skipped) expect(reason).toMatch(`model "${name}" is left out: `);
  });

  it('leave the name to the model that the schema declares first', () => {
    const { models } = generatableSchema(
      schemaOf('model BookKey {\n id Int @id\n}\nmodel Book {\n id Int @id\n}'),
      emptyLock,
    );
    expect(models.map(({ name }) => name)).toEqual(['BookKey']);
  });

  it('leave the name to the model that clients know already, in any position', () => {
    const schema = schemaOf('model Book {\n id Int @id\n}');
    const { lock } = schemaToProto(schema, 'demo', emptyLock);
    const grown = schemaOf('model BookKey {\n id Int @id\n}\nmodel Book {\n id Int @id\n}');
    expect(schemaToProto(grown, 'demo', lock).schema.models.map(({ name }) => name)).toEqual(['Book']);
  });

  it('of an enum leave out only the models that use it', () => {
    const schema = schemaOf(
      'model A {\n id Int @id\n state State\n}\nmodel B {\n id Int @id\n}\nmodel C {\n id Int @id\n state State[]\n}\nenum State {\n UNSPECIFIED\n}',
    );
    const { models, skipped } = generatableSchema(schema, emptyLock);
    expect(models.map(({ name }) => name)).toEqual(['B']);
    expect(skipped.map(({ name }) => name)).toEqual(['A', 'C']);
  });

  it('are ignored for an enum that no model uses', () => {
    expect(reasonsOf(schemaOf('model A {\n id Int @id\n}\nenum a {\n B\n}'))).toEqual([]);
  });

  it.each(schemaFixtures)('do not occur in $name', async ({ schema }) => {
    const parsed = await loadSchema(schema);
    expect(generatableSchema(parsed, emptyLock)).toEqual(parsed);
  });
});

function reasonsOf(schema: SchemaModel): string[] {
  const { skipped } = generatableSchema(schema, emptyLock);
  return skipped.map(({ reason }) => reason.replace(/^model "\w+" is left out: /, ''));
}

function schemaOf(blocks: string) {
  return parseSchema([{ path: 's.prisma', content: `datasource db {\n provider = "postgresql"\n}\n${blocks}` }]);
}
