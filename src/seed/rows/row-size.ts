import { type Field, type SchemaModel, words } from '../../model/index.js';
import { type FieldLimits, fieldLimits } from '../values/field-limits.js';
import { RowRandom } from '../values/random.js';
import { adjectives, nouns, textShapeOf, verbs } from '../values/sample-text.js';
import { isSpecialText } from '../values/sample-value.js';
import { bytesOf, columnSetter, type RowStep, type SqlValue } from '../values/sql-value.js';

/** Bytes of data in a row. */
export type SizeOf = (row: readonly SqlValue[]) => number;

/** Measures rows; `besides` are bytes of columns that the database fills by itself. */
export function sizeOfRows(fields: readonly Field[], besides: number): SizeOf {
  const types = fields.map(({ type }) => type);
  return (row) => {
    let bytes = besides;
    for (let i = 0; i < types.length; i++) {
      const type = types[i];
      if (type) bytes += bytesOf(row[i] ?? null, type);
    }
    return bytes;
  };
}

/** Row sizes vary by this part, so that a table looks like one that people filled. */
const SIZE_SPREAD = 0.2;

/** Fills the fillers, one after the other, until a row has `rowBytes`, give or take a fifth. */
export function fillToSize(
  fillers: readonly Filler[],
  fields: readonly Field[],
  rowBytes: number,
  sizeOf: SizeOf,
): RowStep {
  const columns = fillers.map(({ field, ...filler }) => ({ ...filler, set: columnSetter([field.name], fields) }));
  return (row, random) => {
    const target = rowBytes * (1 + SIZE_SPREAD * (2 * random.fraction() - 1));
    let missing = Math.round(target) - sizeOf(row);
    for (const { capacity, make, set } of columns) {
      // At least one byte: an empty text would look like a mistake.
      const length = Math.max(1, Math.min(capacity, missing));
      set(row, [make(random, length)]);
      missing -= length;
    }
  };
}

/** A column that is filled until a row has the size that was asked for. */
interface Filler {
  readonly field: Field;
  /** Most bytes that it takes. */
  readonly capacity: number;
  /** Makes a value of exactly `length` bytes. */
  make(random: RowRandom, length: number): SqlValue;
}

/**
 * Chooses the columns to fill, the best first: free text with a name like `summary`, other free text, bytes, then short-text columns such
 * as a title. It chooses as many as it takes to hold `bytes`, and none when the model has no such column.
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
  const sentences = prose(new RowRandom(0, 'prose'));
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
function prose(random: RowRandom): string[] {
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
  const random = new RowRandom(0, 'bytes');
  const source = Buffer.from(Uint8Array.from({ length: SOURCE_BYTES }, () => random.below(256)));
  return (random, length) => {
    const start = random.below(SOURCE_BYTES / 2);
    return start + length <= source.length ? source.subarray(start, start + length) : Buffer.alloc(length, source);
  };
}
