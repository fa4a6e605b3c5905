import { type Field, type SchemaModel, words } from '../../model/index.js';
import type { SqlValue } from '../rows/sql-value.js';
import { type FieldLimits, fieldLimits } from './field-limits.js';
import { Random } from './random.js';
import { textShapeOf } from './sample-text.js';
import { isSpecialText } from './sample-value.js';
import { adjectives, nouns, verbs } from './word-lists.js';

/** A column that is filled up until a row has the size that was asked for. */
export interface Filler {
  readonly field: Field;
  /** Most bytes that it takes. */
  readonly capacity: number;
  /** A value of exactly `length` bytes. */
  make(random: Random, length: number): SqlValue;
}

/**
 * The columns to fill up, the best first: free text with a name like `summary`, other free text, bytes, then short-text
 * columns such as a title. As many as it takes to hold `bytes`; none when the model has no such column.
 */
export function chooseFillers(free: readonly Field[], schema: SchemaModel, bytes: number): Filler[] {
  const candidates = free
    .filter((field) => !field.list)
    .map((field) => ({ field, limits: fieldLimits(field, schema.provider) }))
    .map(({ field, limits }) => ({ field, limits, rank: rankOf(field, limits) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => Number(a.rank) - Number(b.rank));
  let held = 0;
  const enough = candidates.filter(({ limits }) => {
    const needed = held < bytes;
    held += limits.maxLength;
    return needed;
  });
  return enough.map(({ field, limits }) => fillerFor(field, limits));
}

const LONG_TEXT = new Set(
  'summary body content description text notes note comment bio message payload details data abstract remarks'.split(
    ' ',
  ),
);

/** Unlimited columns before limited ones, required before optional. */
function rankOf(field: Field, limits: FieldLimits): number | undefined {
  const kind = kindRank(field, limits);
  if (kind === undefined) return undefined;
  return kind * 4 + (Number.isFinite(limits.maxLength) ? 2 : 0) + (field.optional ? 1 : 0);
}

function kindRank({ name, type }: Field, limits: FieldLimits): number | undefined {
  if (type.kind !== 'scalar' || isSpecialText(limits)) return undefined;
  if (type.scalar === 'Bytes') return 2;
  if (type.scalar !== 'String') return undefined;
  if (LONG_TEXT.has(words(name).at(-1) ?? '')) return 0;
  return textShapeOf(name) ? 3 : 1;
}

function fillerFor(field: Field, { maxLength }: FieldLimits): Filler {
  const isBytes = field.type.kind === 'scalar' && field.type.scalar === 'Bytes';
  return { field, capacity: maxLength, make: isBytes ? bytesMaker() : proseMaker() };
}

/** Texts are cut from prose of this size, so that a long text costs no more than a short one. */
const SOURCE_BYTES = 64 * 1024;

function proseMaker(): Filler['make'] {
  const sentences = prose(new Random(0, 'prose'));
  const source = sentences.join(' ');
  const starts = startsOf(sentences).filter((start) => start < SOURCE_BYTES / 2);
  return (random, length) => {
    const start = random.pick(starts);
    const text =
      start + length <= source.length
        ? source.slice(start, start + length)
        : source.repeat(1 + length / source.length).slice(0, length);
    return text.endsWith(' ') ? `${text.slice(0, -1)}.` : text;
  };
}

/** Sentences such as `The quiet river remembers the copper bridge.` */
function prose(random: Random): string[] {
  const sentences: string[] = [];
  for (let bytes = 0; bytes < SOURCE_BYTES; ) {
    const sentence = `The ${random.pick(adjectives)} ${random.pick(nouns)} ${random.pick(verbs)} the ${random.pick(adjectives)} ${random.pick(nouns)}.`;
    sentences.push(sentence);
    bytes += sentence.length + 1;
  }
  return sentences;
}

function startsOf(sentences: readonly string[]): number[] {
  let start = 0;
  return sentences.map((sentence) => {
    const here = start;
    start += sentence.length + 1;
    return here;
  });
}

function bytesMaker(): Filler['make'] {
  const random = new Random(0, 'bytes');
  const source = Buffer.from(Uint8Array.from({ length: SOURCE_BYTES }, () => random.below(256)));
  return (random, length) => {
    const start = random.below(SOURCE_BYTES / 2);
    return start + length <= source.length ? source.subarray(start, start + length) : Buffer.alloc(length, source);
  };
}
