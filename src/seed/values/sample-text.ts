import { words } from '../../model/index.js';
import type { FieldLimits } from './field-limits.js';
import type { Random } from './random.js';
import {
  adjectives,
  cities,
  colours,
  countries,
  currencies,
  firstNames,
  languages,
  lastNames,
  nouns,
} from './word-lists.js';

/** A kind of text: made from random numbers, and told apart from all its siblings by `code` where there is one. */
export interface TextShape {
  make(random: Random, code?: string): string;
  /** Most characters without the code. */
  readonly length: number;
  /** The last words of field names that it suits. */
  readonly names: ReadonlySet<string>;
}

/** The shape that a field's name asks for: a `title` looks like a title. Undefined when the name says nothing. */
export function textShapeOf(fieldName: string): TextShape | undefined {
  const last = words(fieldName).at(-1);
  return last === undefined ? undefined : shapes.find(({ names }) => names.has(last));
}

/** A text of no particular kind, such as `quiet river`. */
export const plainShape: TextShape = shape('', 18, (random, code) =>
  joined([random.pick(adjectives), random.pick(nouns), code], ' '),
);

/** Cuts a text to what its column takes, and pads it where the column takes nothing shorter. */
export function fitText(text: string, { maxLength, fixedLength }: FieldLimits): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength).trimEnd() : text;
  return fixedLength ? cut.padEnd(maxLength, 'x') : cut;
}

/** `6f9619ff-8b86-4011-b42d-00cf4fc964ff`: `head` gives the first eight digits. */
export function uuid(random: Random, head = random.uint32()): string {
  const [a, b, c] = [hex(random.uint32()), hex(random.uint32()), hex(random.uint32())];
  const variant = '89ab'.charAt(random.below(4));
  return `${hex(head)}-${a.slice(0, 4)}-4${a.slice(4, 7)}-${variant}${b.slice(0, 3)}-${b.slice(3, 7)}${c}`;
}

const shapes: readonly TextShape[] = [
  shape('title subject headline', 32, (random, code) =>
    joined(['The', capital(random.pick(adjectives)), capital(random.pick(nouns)), code], ' '),
  ),
  shape('email mail', 35, (random, code) => {
    const name = [random.pick(firstNames), random.pick(lastNames), code];
    return `${joined(name, '.').toLowerCase()}@example.com`;
  }),
  shape('name author person customer owner', 20, (random, code) =>
    joined([random.pick(firstNames), random.pick(lastNames), code], ' '),
  ),
  shape('firstname first given', 8, (random, code) => joined([random.pick(firstNames), code], ' ')),
  shape('surname last family lastname', 10, (random, code) => joined([random.pick(lastNames), code], ' ')),
  shape('username login handle nick nickname', 20, (random, code) =>
    joined([random.pick(adjectives), random.pick(nouns), code], '_'),
  ),
  shape('slug path key', 20, (random, code) => joined([random.pick(adjectives), random.pick(nouns), code], '-')),
  shape('url uri link website homepage', 40, (random, code) =>
    joined(['https://example.com', random.pick(adjectives), random.pick(nouns), code], '/'),
  ),
  shape('phone mobile telephone fax', 12, (random, code) => `+1555${code ?? digits(random, 7)}`),
  shape('city town', 8, (random, code) => joined([random.pick(cities), code], ' ')),
  shape('country', 8, (random, code) => joined([random.pick(countries), code], ' ')),
  shape('street address', 24, (random, code) =>
    joined([`${1 + random.below(200)}`, capital(random.pick(nouns)), 'Street', code], ' '),
  ),
  shape('zip postcode postal', 5, (random, code) => code ?? digits(random, 5)),
  shape('colour color', 8, (random, code) => joined([random.pick(colours), code], '-')),
  shape('currency', 3, (random, code) => joined([random.pick(currencies), code], '-')),
  shape('language locale lang', 2, (random, code) => joined([random.pick(languages), code], '-')),
  shape(
    'token hash secret digest checksum password',
    32,
    (random, code = '') =>
      `${hex(random.uint32())}${hex(random.uint32())}${hex(random.uint32())}${code || hex(random.uint32())}`,
  ),
  shape('isbn ean barcode', 12, (random, code) => `978-${code?.padStart(8, '0') ?? digits(random, 8)}`),
  shape('sku code number reference ref', 11, (random, code) =>
    joined([hex(random.uint32()).slice(0, 4), code?.padStart(6, '0') ?? digits(random, 6)], '-'),
  ),
];

function shape(names: string, length: number, make: TextShape['make']): TextShape {
  return { make, length, names: new Set(names.split(' ')) };
}

function joined(parts: readonly (string | undefined)[], separator: string): string {
  return parts.filter((part) => part !== undefined).join(separator);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function digits(random: Random, count: number): string {
  return random
    .below(10 ** count)
    .toString()
    .padStart(count, '0');
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
