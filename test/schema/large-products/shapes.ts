import { type Column, capitalized, type ModelDraft, type SchemaDraft } from './schema-draft.js';

/** The words of a trade. */
export interface Vocabulary {
  /** What the product is about, such as `Order Customer`: each becomes a model. */
  readonly things: string;
  /** What belongs to a thing, such as `Note History`: `OrderNote`. */
  readonly parts: string;
  /** States of things; each thing has its own enum of some of them. */
  readonly states: string;
  /** Columns, one a line, as in a schema. */
  readonly columns: string;
}

interface ShapeOptions {
  readonly words: Vocabulary;
  /** The number of models of the whole schema after this. */
  readonly upTo: number;
  /** The key of a thing. */
  readonly key: Column;
}

const listOf = (text: string) => text.trim().split(/\s+/);
const columnsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line): Column => {
      const [name = '', ...type] = line.trim().split(' ');
      return [name, type.join(' ')];
    });

/** Some of a list, others for each number: every third is left out. */
function some<T>(all: readonly T[], number: number): readonly T[] {
  return all.filter((_, index) => (index * 5 + number * 7) % 3 !== 0);
}

function statesOf(draft: SchemaDraft, thing: string, words: Vocabulary, number: number): string {
  return draft.enumeration(`${thing}State`, some(listOf(words.states), number));
}

/** Things that point to each other, each with its state, and parts in an order of their own: most business software. */
export function things(draft: SchemaDraft, { words, upTo, key }: ShapeOptions): void {
  const made: ModelDraft[] = [];
  for (const [number, thing] of listOf(words.things).entries()) {
    if (draft.size >= upTo) return;
    const model = draft.model(thing, [key], `/// ${thing}: one a row.`);
    for (const column of some(columnsOf(words.columns), number)) draft.column(model, column);
    draft.column(model, ['state', `${statesOf(draft, thing, words, number)}`]);
    for (const parent of [made[number - 1], made[Math.floor(number / 2)]])
      if (parent) draft.relate(model, parent, { as: `own${parent.name}`, optional: number % 2 === 0 });
    made.push(model);
  }
  for (const part of listOf(words.parts))
    for (const [number, owner] of made.entries()) {
      if (draft.size >= upTo) return;
      const model = draft.model(`${owner.name}${part}`, [key]);
      draft.relate(model, owner, { as: 'owner' });
      draft.column(model, ['position', 'Int @default(0)']);
      for (const column of some(columnsOf(words.columns), number + part.length).slice(0, 5))
        draft.column(model, column);
      model.attributes.push(`@@unique([${draft.spelled(`owner${capitalized(key[0])}`)}, position])`);
    }
}

/** Everything belongs to a tenant, whose column is the first of every key and of every foreign key. */
export function tenants(draft: SchemaDraft, { words, upTo, key }: ShapeOptions): void {
  const tenant = draft.model('Tenant', [key]);
  draft.column(tenant, ['name', 'String']);
  const [name, type] = key;
  const own: Column = ['tenantId', plain(type)];
  const made: ModelDraft[] = [];
  const all = listOf(words.things).flatMap((thing) => ['', ...listOf(words.parts)].map((part) => `${thing}${part}`));
  for (const [number, thing] of all.entries()) {
    if (draft.size >= upTo) return;
    const model = draft.model(thing, [own, [name, type.replace('@default(autoincrement())', '').trim()]]);
    draft.relate(model, tenant, { as: 'tenant', shared: [] });
    for (const column of some(columnsOf(words.columns), number)) draft.column(model, column);
    const parent = made[Math.floor(number / 3)];
    if (parent) draft.relate(model, parent, { as: 'parent', shared: ['tenantId'] });
    made.push(model);
  }
}

/** Facts whose key is all their dimensions, and a view over each. */
export function star(draft: SchemaDraft, { words, upTo, key }: ShapeOptions): void {
  const dimensions = listOf(words.things).map((thing, number) => {
    const model = draft.model(`Dim${thing}`, [key]);
    for (const column of some(columnsOf(words.columns), number)) draft.column(model, column);
    return model;
  });
  for (const [number, part] of listOf(words.parts).entries()) {
    if (draft.size >= upTo) return;
    const used = dimensions.filter((_, index) => (index + number) % 3 === 0).slice(0, 4);
    const keys = used.flatMap(({ name, key: [first] }): Column[] => [[`of${name}`, plain(first?.[1] ?? 'Int')]]);
    const model = draft.model(`Fact${part}`, [['day', 'DateTime @db.Date'], ...keys]);
    for (const measure of ['total BigInt', 'mean Float', 'largest Decimal', 'share Float?'])
      draft.column(model, [measure.split(' ')[0] ?? '', measure.split(' ')[1] ?? '']);
    draft.text(
      `/// ${part} by day.\nview ${part}ByDay {\n  day DateTime @unique @db.Date\n  total BigInt\n  @@map("v_${part.toLowerCase()}")\n}`,
    );
  }
}

/** Rows that are only ever added: a sequence, a place in a stream, and the rest in JSON. */
export function logs(draft: SchemaDraft, { words, upTo }: ShapeOptions): void {
  for (const [number, thing] of listOf(words.things).entries())
    for (const part of listOf(words.parts)) {
      if (draft.size >= upTo) return;
      const model = draft.model(`${thing}${part}Record`, [['sequence', 'BigInt @default(autoincrement())']]);
      draft.column(model, ['streamId', 'String @db.Uuid']);
      draft.column(model, ['version', 'Int']);
      draft.column(model, ['recordedAt', 'DateTime @default(now()) @db.Timestamptz(6)']);
      draft.column(model, ['payload', 'Json']);
      for (const column of some(columnsOf(words.columns), number + part.length)) draft.column(model, column);
      const [stream, at] = [draft.spelled('streamId'), draft.spelled('recordedAt')];
      model.attributes.push(`@@unique([${stream}, version])`, `@@index([${at}(sort: Desc), sequence])`);
    }
}

/** Trees of content, with a text in each language and tags over all. */
export function trees(draft: SchemaDraft, { words, upTo, key }: ShapeOptions): void {
  const suffix = draft.size > 0 ? 'Node' : '';
  const tag = draft.model('Tag', [key]);
  draft.column(tag, ['label', 'String @unique']);
  const made: ModelDraft[] = [];
  for (const [number, thing] of listOf(words.things).entries()) {
    if (draft.size >= upTo) return;
    const model = draft.model(`${thing}${suffix}`, [key]);
    draft.relate(model, model, { as: 'above', optional: true });
    for (const column of some(columnsOf(words.columns), number)) draft.column(model, column);
    // Prisma makes the table of an implicit relation.
    model.lines.set('tags', `tags Tag[] @relation("${model.name}Tags")`);
    tag.lines.set(`of${model.name}`, `of${model.name} ${model.name}[] @relation("${model.name}Tags")`);
    made.push(model);
  }
  for (const part of listOf(words.parts))
    for (const owner of made) {
      if (draft.size >= upTo) return;
      const type = plain(owner.key[0]?.[1] ?? 'Int');
      const model = draft.model(`${owner.name}${part}`, [
        [`of${owner.name}Id`, type],
        ['locale', 'String @db.VarChar(12)'],
      ]);
      draft.relate(model, owner, { as: `of${owner.name}`, shared: [] });
      draft.column(model, ['text', 'String']);
      draft.column(model, ['isDraft', 'Boolean @default(true)']);
    }
}

/** What `prisma db pull` makes of an old database: names as they came, some of which Prisma cannot have, and types that it does not know. */
export function legacy(draft: SchemaDraft, { words, upTo, key }: ShapeOptions): void {
  const made: ModelDraft[] = [];
  const prefix = draft.size > 0 ? 'old_' : '';
  const all = ['', ...listOf(words.parts)].flatMap((part) =>
    listOf(words.things).map((thing) => `${prefix}${part === '' ? thing : `${thing}_${part}`}`),
  );
  for (const [number, thing] of all.entries()) {
    if (draft.size >= upTo) return;
    const isOdd = number % 4 === 3;
    const keys: readonly Column[] = isOdd
      ? [
          ['company', 'String @db.VarChar(4)'],
          ['number', 'Int'],
        ]
      : [key];
    const model = draft.model(thing, keys);
    for (const column of some(columnsOf(words.columns), number)) draft.column(model, column);
    if (number % 5 === 0) draft.column(model, ['n2ndName', 'String? @map("2nd name")']);
    if (number % 6 === 1 && draft.options.provider === 'postgresql')
      draft.column(model, ['search', 'Unsupported("tsvector")?']);
    if (number % 7 === 2) draft.column(model, ['oldFlag', 'Int? @ignore']);
    const parent = made[Math.floor(number / 4) * 2];
    if (parent && parent !== model) draft.relate(model, parent, { as: `${thing}To${parent.name}`, optional: true });
    made.push(model);
  }
}

function plain(type: string): string {
  return type.replace(/ @default\(.*?\)(?= @|$)/, '');
}
