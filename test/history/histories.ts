/** One edit of a schema. */
export interface Step {
  readonly edit: string;
  /** The schema's models and enums after the edit. */
  readonly schema: string;
  /** First lines of what `generate` reports; none for an edit that nobody can notice. */
  readonly report: readonly string[];
  /** Rules of `buf breaking` that it breaks; none for an edit that is compatible in binary and in JSON. */
  readonly broken: readonly string[];
}

export interface History {
  readonly name: string;
  readonly start: string;
  readonly steps: readonly Step[];
}

const book = (...lines: readonly string[]) =>
  `model Book {\n  id Int @id\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
const status = (...values: readonly string[]) => `enum Status {\n${values.map((line) => `  ${line}\n`).join('')}}\n`;

export const histories: readonly History[] = [
  {
    name: 'fields that come, move about and go',
    start: book('title String', 'pages Int'),
    steps: [
      { edit: 'add', schema: book('title String', 'pages Int', 'isbn String?'), report: [], broken: [] },
      { edit: 'reorder', schema: book('isbn String?', 'pages Int', 'title String'), report: [], broken: [] },
      {
        edit: 'add in front',
        schema: book('ean String', 'isbn String?', 'pages Int', 'title String'),
        report: [],
        broken: [],
      },
      {
        edit: 'drop',
        schema: book('ean String', 'isbn String?', 'title String'),
        report: ['note Book.pages was removed; number 3 and the name stay reserved'],
        broken: [],
      },
      {
        edit: 'drop all but the key',
        schema: book(),
        report: [
          'note Book.ean was removed; number 5 and the name stay reserved',
          'note Book.isbn was removed; number 4 and the name stay reserved',
          'note Book.title was removed; number 2 and the name stay reserved',
        ],
        broken: [],
      },
    ],
  },
  {
    name: 'a field that is renamed',
    start: book('title String', 'pages Int'),
    steps: [
      {
        edit: 'rename with @map',
        schema: book('headline String @map("title")', 'pages Int'),
        report: ['breaking Book.title was renamed to headline, and keeps number 2'],
        broken: ['FIELD_SAME_JSON_NAME', 'FIELD_SAME_NAME'],
      },
      {
        edit: 'rename without @map',
        schema: book('headline String @map("title")', 'length Int'),
        report: ['note Book.pages was removed; number 3 and the name stay reserved'],
        broken: [],
      },
      {
        edit: 'rename the column beneath',
        schema: book('headline String @map("head_line")', 'length Int'),
        report: [],
        broken: [],
      },
      {
        edit: 'rename back',
        schema: book('title String @map("head_line")', 'length Int'),
        report: ['breaking Book.headline was renamed to title, and keeps number 2'],
        broken: ['FIELD_SAME_JSON_NAME', 'FIELD_SAME_NAME'],
      },
    ],
  },
  {
    name: 'a field that holds something else',
    start: book('pages Int', 'price Decimal', 'sold Int', 'tags String', 'seen DateTime'),
    steps: [
      {
        edit: 'Int to String',
        schema: book('pages String', 'price Decimal', 'sold Int', 'tags String', 'seen DateTime'),
        report: [
          'breaking Book.pages changed from int32 to string; it moved from number 2, which stays reserved, to 7',
        ],
        broken: ['FIELD_NO_DELETE_UNLESS_NAME_RESERVED'],
      },
      {
        edit: 'Decimal to String',
        schema: book('pages String', 'price String', 'sold Int', 'tags String', 'seen DateTime'),
        report: ['breaking Book.price changed from decimal to string; it keeps number 3'],
        broken: ['FIELD_WIRE_JSON_COMPATIBLE_TYPE'],
      },
      {
        edit: 'Int to BigInt',
        schema: book('pages String', 'price String', 'sold BigInt', 'tags String', 'seen DateTime'),
        report: ['breaking Book.sold changed from int32 to int64; it keeps number 4'],
        broken: ['FIELD_WIRE_JSON_COMPATIBLE_TYPE'],
      },
      {
        edit: 'scalar to list',
        schema: book('pages String', 'price String', 'sold BigInt', 'tags String[]', 'seen DateTime'),
        report: [
          'breaking Book.tags changed from string to repeated string; it moved from number 5, which stays reserved, to 8',
        ],
        broken: ['FIELD_NO_DELETE_UNLESS_NAME_RESERVED'],
      },
      {
        edit: 'list to scalar',
        schema: book('pages String', 'price String', 'sold BigInt', 'tags String', 'seen DateTime'),
        report: [
          'breaking Book.tags changed from repeated string to string; it moved from number 8, which stays reserved, to 9',
        ],
        broken: ['FIELD_NO_DELETE_UNLESS_NAME_RESERVED'],
      },
      {
        edit: 'DateTime to Json',
        schema: book('pages String', 'price String', 'sold BigInt', 'tags String', 'seen Json'),
        report: [
          'breaking Book.seen changed from google.protobuf.Timestamp to google.protobuf.Value; it moved from number 6, which stays reserved, to 10',
        ],
        broken: ['FIELD_NO_DELETE_UNLESS_NAME_RESERVED'],
      },
    ],
  },
  {
    name: 'a field that may be absent',
    start: book('title String', 'seen DateTime?'),
    steps: [
      {
        edit: 'required to optional',
        schema: book('title String?', 'seen DateTime?'),
        report: ['note Book.title can be absent now'],
        broken: [],
      },
      {
        edit: 'optional to required',
        schema: book('title String', 'seen DateTime?'),
        report: ['note Book.title is never absent now'],
        broken: [],
      },
      {
        edit: 'optional to required, a message',
        schema: book('title String', 'seen DateTime'),
        report: [],
        broken: [],
      },
    ],
  },
  {
    name: 'a field that comes back',
    start: book('title String', 'pages Int'),
    steps: [
      {
        edit: 'drop',
        schema: book('pages Int'),
        report: ['note Book.title was removed; number 2 and the name stay reserved'],
        broken: [],
      },
      { edit: 'add another meanwhile', schema: book('pages Int', 'isbn String'), report: [], broken: [] },
      {
        edit: 're-add',
        schema: book('pages Int', 'isbn String', 'title String'),
        report: ['note Book.title was added again, with its old number 2'],
        broken: ['RESERVED_MESSAGE_NO_DELETE'],
      },
      {
        edit: 'drop again',
        schema: book('pages Int', 'isbn String'),
        report: ['note Book.title was removed; number 2 and the name stay reserved'],
        broken: [],
      },
      {
        edit: 're-add as another type',
        schema: book('pages Int', 'isbn String', 'title Int'),
        report: ['note Book.title was added again as int32 instead of string, with number 5; 2 stays reserved'],
        broken: ['RESERVED_MESSAGE_NO_DELETE'],
      },
    ],
  },
  {
    name: 'the values of an enum',
    start: `${status('DRAFT', 'SOLD')}${book('status Status')}`,
    steps: [
      {
        edit: 'add a value in front',
        schema: `${status('PLANNED', 'DRAFT', 'SOLD')}${book('status Status')}`,
        report: [],
        broken: [],
      },
      {
        edit: 'rename with @map',
        schema: `${status('PLANNED', 'WRITING @map("DRAFT")', 'SOLD')}${book('status Status')}`,
        report: ['breaking Status.DRAFT was renamed to WRITING, and keeps number 1'],
        broken: ['ENUM_VALUE_SAME_NAME'],
      },
      {
        edit: 'rename without @map',
        schema: `${status('PLANNED', 'WRITING @map("DRAFT")', 'GONE')}${book('status Status')}`,
        report: ['note Status.SOLD was removed; number 2 and the name stay reserved'],
        broken: [],
      },
      {
        edit: 'remove',
        schema: `${status('WRITING @map("DRAFT")', 'GONE')}${book('status Status')}`,
        report: ['note Status.PLANNED was removed; number 3 and the name stay reserved'],
        broken: [],
      },
      {
        edit: 're-add',
        schema: `${status('WRITING @map("DRAFT")', 'GONE', 'PLANNED')}${book('status Status')}`,
        report: ['note Status.PLANNED was added again, with its old number 3'],
        broken: ['RESERVED_ENUM_NO_DELETE'],
      },
    ],
  },
  {
    name: 'an enum that is renamed, replaced and dropped',
    start: `${status('DRAFT', 'SOLD')}${book('status Status')}`,
    steps: [
      {
        edit: 'map to a database name',
        schema: `enum Status {\n  DRAFT\n  SOLD\n  @@map("book_status")\n}\n${book('status Status')}`,
        report: [],
        broken: [],
      },
      {
        edit: 'rename with @@map',
        schema: `enum Phase {\n  DRAFT\n  SOLD\n  @@map("book_status")\n}\n${book('status Phase')}`,
        report: ['breaking Status was renamed to Phase, and keeps its numbers'],
        broken: ['FIELD_WIRE_JSON_COMPATIBLE_TYPE'],
      },
      {
        edit: 'replace by a text',
        schema: book('status String'),
        report: [
          'breaking Book.status changed from enum book_status to string; it moved from number 2, which stays reserved, to 3',
        ],
        broken: ['FIELD_NO_DELETE_UNLESS_NAME_RESERVED'],
      },
    ],
  },
  {
    name: 'a model that is split in two',
    start: book('title String', 'authorName String', 'authorMail String'),
    steps: [
      {
        edit: 'add the new model',
        schema: `${book('title String', 'authorName String', 'authorMail String', 'authorId Int?', 'author Author? @relation(fields: [authorId], references: [id])')}model Author {\n  id Int @id\n  name String\n  mail String\n  books Book[]\n}\n`,
        report: [],
        broken: [],
      },
      {
        edit: 'drop what moved',
        schema: `${book('title String', 'authorId Int', 'author Author @relation(fields: [authorId], references: [id])')}model Author {\n  id Int @id\n  name String\n  mail String\n  books Book[]\n}\n`,
        report: [
          'note Book.author_id is never absent now',
          'note Book.author_name was removed; number 3 and the name stay reserved',
          'note Book.author_mail was removed; number 4 and the name stay reserved',
        ],
        broken: [],
      },
    ],
  },
  {
    name: 'a model that is renamed, removed and brought back',
    start: `${book('title String')}model Shelf {\n  id Int @id\n}\n`,
    steps: [
      {
        edit: 'map to another table',
        schema: `${book('title String', '@@map("books")')}model Shelf {\n  id Int @id\n}\n`,
        report: ['note Book is read from books instead of Book, and keeps its numbers'],
        broken: [],
      },
      {
        edit: 'rename with @@map',
        schema: `${book('title String', '@@map("books")').replace('Book', 'Volume')}model Shelf {\n  id Int @id\n}\n`,
        report: ['breaking Book was renamed to Volume, and keeps its numbers'],
        broken: [],
      },
      {
        edit: 'remove',
        schema: 'model Shelf {\n  id Int @id\n}\n',
        report: ['breaking Volume was removed; its numbers stay reserved in the lock'],
        broken: [],
      },
      {
        edit: 'bring back',
        schema: `${book('title String', '@@map("books")').replace('Book', 'Volume')}model Shelf {\n  id Int @id\n}\n`,
        report: ['note Volume was added again, with its old numbers'],
        broken: [],
      },
    ],
  },
  {
    name: 'a key and indexes that change',
    start: book('isbn String @unique', 'shelf Int', '@@index([shelf])'),
    steps: [
      {
        edit: 'add an index',
        schema: book('isbn String @unique', 'shelf Int', 'pages Int', '@@index([shelf])', '@@index([pages])'),
        report: [],
        broken: [],
      },
      {
        edit: 'drop an index',
        schema: book('isbn String @unique', 'shelf Int', 'pages Int', '@@index([pages])'),
        report: [
          'breaking BookSortOrder.SHELF_ASC was removed; number 5 and the name stay reserved',
          'breaking BookSortOrder.SHELF_DESC was removed; number 6 and the name stay reserved',
        ],
        broken: [],
      },
      {
        edit: 'another key',
        schema: 'model Book {\n  id Int\n  isbn String @id\n  shelf Int\n  pages Int\n  @@index([pages])\n}\n',
        report: [
          'breaking BookKey changed from (id) to (isbn)',
          'breaking BookSortOrder.ID_ASC was removed; number 1 and the name stay reserved',
          'breaking BookSortOrder.ID_DESC was removed; number 2 and the name stay reserved',
        ],
        broken: [],
      },
      {
        edit: 'two columns in the key',
        schema:
          'model Book {\n  id Int\n  isbn String\n  shelf Int\n  pages Int\n  @@id([isbn, shelf])\n  @@index([pages])\n}\n',
        report: [
          'breaking BookKey changed from (isbn) to (isbn, shelf)',
          'breaking BookSortOrder.ISBN_ASC was removed; number 3 and the name stay reserved',
          'breaking BookSortOrder.ISBN_DESC was removed; number 4 and the name stay reserved',
        ],
        broken: [],
      },
    ],
  },
  {
    name: 'a contract that is taken over',
    start: book('title String', 'pages Int'),
    steps: [
      {
        edit: 'ask for a number',
        schema: book('title String', '/// @grpc.number(20)', 'pages Int'),
        report: ['breaking Book.pages moved from number 3, which stays reserved, to 20'],
        broken: ['FIELD_NO_DELETE_UNLESS_NAME_RESERVED'],
      },
      {
        edit: 'add after it',
        schema: book('title String', '/// @grpc.number(20)', 'pages Int', 'isbn String'),
        report: [],
        broken: [],
      },
      {
        edit: 'take the annotation away',
        schema: book('title String', 'pages Int', 'isbn String'),
        report: [],
        broken: [],
      },
    ],
  },
];
