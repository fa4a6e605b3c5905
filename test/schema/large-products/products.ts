import { type Column, type Provider, SchemaDraft, type Spelling, snakeOf } from './schema-draft.js';
import { legacy, logs, star, tenants, things, trees, type Vocabulary } from './shapes.js';
import * as trades from './vocabularies.js';

/** A schema in the style of a large public one. */
export interface LargeProduct {
  readonly name: string;
  /** How many models and views it has. */
  readonly models: number;
  /** Models that cannot be streamed, on purpose. */
  readonly skipped: readonly string[];
  readonly schema: () => string;
}

const AUTOINCREMENT: Column = ['id', 'Int @default(autoincrement())'];
const BIG: Column = ['id', 'BigInt @default(autoincrement())'];
const UUID: Column = ['id', 'String @default(uuid()) @db.Uuid'];
const CUID: Column = ['id', 'String @default(cuid())'];

type Shape = (draft: SchemaDraft, options: { words: Vocabulary; upTo: number; key: Column }) => void;

interface Style {
  readonly name: string;
  readonly provider?: Provider;
  readonly spelling?: Spelling;
  readonly table?: (model: string) => string;
  readonly datasource?: string;
  readonly key?: Column;
  readonly words?: Vocabulary;
  /** Each shape with the number of models up to which it adds some. */
  readonly shapes?: readonly (readonly [shape: Shape, upTo: number])[];
  /** Blocks that are written by hand, and how many models and views are among them. */
  readonly byHand?: string;
  readonly alsoModels?: number;
  readonly skipped?: readonly string[];
}

function product(style: Style): LargeProduct {
  const { name, provider = 'postgresql', spelling = 'camel', words, shapes = [], key = AUTOINCREMENT } = style;
  const { byHand = '', alsoModels = 0, skipped = [], table, datasource } = style;
  const last = shapes.at(-1)?.[1] ?? 0;
  return {
    name,
    models: last + alsoModels,
    skipped,
    schema() {
      const draft = new SchemaDraft({
        provider,
        spelling,
        ...(table ? { table } : {}),
        ...(datasource ? { datasource } : {}),
      });
      for (const [shape, upTo] of shapes) if (words) shape(draft, { words, upTo, key });
      if (byHand !== '') draft.text(byHand);
      return `${draft}\n`;
    },
  };
}

/** Twenty trades. None copies a public schema; each has what makes that kind hard. */
export const largeProducts: readonly LargeProduct[] = [
  product({
    name: 'marketplace',
    spelling: 'mapped',
    table: (model) => `${snakeOf(model)}s`,
    key: UUID,
    words: trades.marketplace,
    shapes: [
      [things, 260],
      [logs, 300],
    ],
  }),
  product({
    name: 'erp',
    spelling: 'snake',
    words: trades.erp,
    shapes: [
      [things, 110],
      [legacy, 170],
    ],
  }),
  product({ name: 'cms', provider: 'mysql', words: trades.cms, shapes: [[trees, 80]] }),
  product({
    name: 'hospital',
    datasource: '\n  schemas = ["ward", "billing"]',
    byHand: trades.hospitalBlocks(),
    alsoModels: 40,
  }),
  product({
    name: 'bank',
    key: BIG,
    words: trades.bank,
    shapes: [
      [things, 42],
      [logs, 50],
    ],
    byHand: trades.bankBlocks,
    alsoModels: 3,
  }),
  product({
    name: 'game',
    key: CUID,
    words: trades.game,
    shapes: [[things, 45]],
    byHand: trades.gameBlocks,
    alsoModels: 6,
  }),
  product({
    name: 'forum',
    provider: 'sqlite',
    spelling: 'snake',
    words: trades.forum,
    shapes: [
      [trees, 20],
      [legacy, 30],
    ],
  }),
  product({
    name: 'school',
    provider: 'mysql',
    spelling: 'snake',
    table: (model) => `tbl${model}`,
    words: trades.school,
    shapes: [[legacy, 40]],
  }),
  product({ name: 'analytics', key: BIG, words: trades.analytics, shapes: [[star, 26]], alsoModels: 14 }),
  product({ name: 'tenants', key: CUID, words: trades.saas, shapes: [[tenants, 90]] }),
  product({
    name: 'shop_of_enums',
    spelling: 'mapped',
    words: trades.shop,
    shapes: [[things, 60]],
    byHand: trades.enumBlocks(80),
    alsoModels: 1,
  }),
  product({
    name: 'geo',
    words: trades.geo,
    shapes: [[legacy, 24]],
    byHand: trades.geoBlocks,
    alsoModels: 3,
    skipped: ['Tile'],
  }),
  product({
    name: 'iot',
    key: ['at', 'DateTime @default(now()) @db.Timestamptz(6)'],
    words: trades.iot,
    shapes: [[things, 30]],
    byHand: trades.iotBlocks,
    alsoModels: 2,
  }),
  product({ name: 'audit', words: trades.audit, shapes: [[logs, 36]] }),
  product({
    name: 'crm',
    spelling: 'mapped',
    key: ['id', 'String @default(dbgenerated("gen_random_uuid()")) @db.Uuid'],
    words: trades.crm,
    shapes: [
      [things, 70],
      [trees, 100],
    ],
  }),
  product({ name: 'logistics', provider: 'sqlite', words: trades.logistics, shapes: [[things, 50]] }),
  product({ name: 'people', provider: 'mysql', key: BIG, words: trades.people, shapes: [[tenants, 60]] }),
  product({
    name: 'calendar',
    words: trades.calendar,
    shapes: [[things, 30]],
    byHand: trades.calendarBlocks,
    alsoModels: 2,
  }),
  product({
    name: 'documents',
    key: UUID,
    words: trades.documents,
    shapes: [[trees, 33]],
    byHand: trades.documentBlocks,
    alsoModels: 2,
  }),
  product({
    name: 'insurance',
    spelling: 'snake',
    key: ['policyNumber', 'String @db.Char(12)'],
    words: trades.insurance,
    shapes: [[things, 70]],
  }),
];
