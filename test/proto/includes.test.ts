import { describe, expect, it } from 'vitest';
import { emptyLock, generatableSchema, schemaToProto } from '../../src/proto/index.js';
import { parseSchema } from '../../src/schema/index.js';

const BOOK = (annotation: string) =>
  `model Book {\n id Int @id\n authorId Int\n /// ${annotation}\n author Author @relation(fields: [authorId], references: [id])\n}`;
const AUTHOR = (annotation: string, head = '') =>
  `${head}model Author {\n id Int @id\n /// ${annotation}\n books Book[]\n}`;

describe('a model that includes the rows of another', () => {
  it('has a field for them, with a number that no column can get', () => {
    const { files, lock } = schemaToProto(parsed(BOOK('@grpc.include'), AUTHOR('Plain.')), 'demo', emptyLock);
    const [book] = files;
    expect(book?.imports).toContain('demo/v1/author.proto');
    expect(book?.messages[0]?.fields.at(-1)).toMatchObject({
      name: 'author',
      number: 3,
      type: 'Author',
      kind: 'message',
    });
    expect(lock.messages.Book?.active['author (relation)']).toMatchObject({ name: 'author', number: 3 });
  });

  it('is left out when the two include each other, as the other is', () => {
    const { models, skipped } = generatableSchema(parsed(BOOK('@grpc.include'), AUTHOR('@grpc.include')), emptyLock);
    expect(models).toEqual([]);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'model "Author" is left out: it includes books, whose rows include model "Author" again; remove @grpc.include from one of them',
      'model "Book" is left out: it includes author, and model "Author" is not streamed; remove @grpc.include',
    ]);
  });

  it('is left out when the other is not streamed', () => {
    const { models, skipped } = generatableSchema(
      parsed(BOOK('@grpc.include'), AUTHOR('Plain.', '/// @grpc.omit\n')),
      emptyLock,
    );
    expect(models).toEqual([]);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'model "Book" is left out: it includes author, and model "Author" is not streamed; remove @grpc.include',
    ]);
  });

  it('is left out when it includes itself', () => {
    const schema = parsed(
      'model Node {\n id Int @id\n parentId Int?\n parent Node? @relation("tree", fields: [parentId], references: [id])\n /// @grpc.include\n kids Node[] @relation("tree")\n}',
    );
    expect(generatableSchema(schema, emptyLock).skipped.map(({ reason }) => reason)).toEqual([
      'model "Node" is left out: it includes kids, whose rows include model "Node" again; remove @grpc.include from one of them',
    ]);
  });

  it('has another name for the relation where a column has that', () => {
    const schema = parsed(
      'model Book {\n id Int @id\n the_author Int\n /// @grpc.include\n theAuthor Author @relation(fields: [the_author], references: [id])\n}',
      AUTHOR('Plain.'),
    );
    const { models, skipped } = generatableSchema(schema, emptyLock);
    expect(skipped).toEqual([]);
    expect(models[0]?.includes.map(({ name, apiName }) => ({ name, apiName }))).toEqual([
      { name: 'theAuthor', apiName: 'the_author_2' },
    ]);
  });
});

function parsed(...blocks: readonly string[]) {
  const content = ['datasource db {\n provider = "postgresql"\n}', ...blocks].join('\n');
  return parseSchema([{ path: 's.prisma', content }]);
}
