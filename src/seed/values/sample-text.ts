import { words } from '../../model/index.js';
import type { FieldLimits } from './field-limits.js';
import type { RowRandom } from './random.js';

/** A kind of text, made from random numbers. A `code` makes it different from all others. */
interface TextShape {
  make(random: RowRandom, code?: string): string;
  /** Most characters without the code. */
  readonly length: number;
  /** The last words of the field names that it is for. */
  readonly names: ReadonlySet<string>;
}

/** The shape for a field's name: a `title` looks like a title. Undefined for other names. */
export function textShapeOf(fieldName: string): TextShape | undefined {
  const last = words(fieldName).at(-1);
  return last === undefined ? undefined : shapes.find(({ names }) => names.has(last));
}

/** A text of no particular kind, such as `quiet river`. */
export const plainShape: TextShape = shape('', 18, (random, code) =>
  joined([random.pick(adjectives), random.pick(nouns), code], ' '),
);

/** Cuts a text to the length of its column, and pads it where the column has a fixed length. */
export function fitText(text: string, { maxLength, fixedLength }: FieldLimits): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength).trimEnd() : text;
  return fixedLength ? cut.padEnd(maxLength, 'x') : cut;
}

/** `6f9619ff-8b86-4011-b42d-00cf4fc964ff`: `head` gives the first eight digits. */
export function uuid(random: RowRandom, head = random.uint32()): string {
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

function digits(random: RowRandom, count: number): string {
  return random
    .below(10 ** count)
    .toString()
    .padStart(count, '0');
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** The words of seeded texts. They are ASCII, so that a character is a byte. */
export const adjectives = (
  'amber ancient brave bright calm clever copper curious distant early empty gentle golden hidden hollow honest ' +
  'late little lucky narrow northern patient plain quiet rapid restless rising silent silver slow steady wooden'
).split(' ');

export const nouns = (
  'anchor bridge candle canyon castle compass engine feather field forest garden harbour island journey kettle lantern ' +
  'letter library machine meadow mirror morning mountain ocean orchard pocket river road signal station valley winter'
).split(' ');

export const verbs =
  'answers builds carries crosses discovers follows guards keeps leaves measures opens outlives paints reaches remembers watches'.split(
    ' ',
  );

const firstNames = (
  'Ada Alan Alma Bela Carl Clara Dana Edith Emil Frida Grace Hugo Ines Ivan Jonas Katya Leon Lina Marta Milan Nadia Noor ' +
  'Olga Oscar Pablo Rosa Samir Sofia Tomas Vera Yara Zoe'
).split(' ');

const lastNames = (
  'Adler Baker Castro Dietrich Evans Fischer Garcia Haddad Ito Jensen Keller Laurent Moreau Nowak Okafor Petrov Quinn Rossi ' +
  'Silva Tanaka Ueda Vogel Weber Young'
).split(' ');

const cities = 'Aarhus Bergen Bologna Cork Dakar Ghent Graz Kobe Leeds Lyon Oslo Porto Quito Riga Turin Utrecht'.split(
  ' ',
);

const countries =
  'Austria Belgium Canada Denmark Estonia Finland Ghana Hungary Ireland Japan Kenya Latvia Mexico Norway Peru Spain'.split(
    ' ',
  );

const colours = 'black blue brown crimson cyan green grey indigo orange pink purple red teal violet white yellow'.split(
  ' ',
);

const currencies = 'CAD CHF DKK EUR GBP JPY NOK SEK USD'.split(' ');

const languages = 'da de en es fi fr it ja nl no pl pt sv'.split(' ');
