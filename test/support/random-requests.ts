import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Numbers from 0 to 1, the same ones for the same seed: a failure can be played again. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes for a method to choke on: noise, messages that were hurt on the way, and messages that are whole but make no sense. */
export function randomRequest(type: DescMessage, random: () => number): Uint8Array {
  const kind = random();
  if (kind < 0.15) return noise(Math.floor(random() * 60), random);
  const message = randomMessage(type, random, 0);
  return kind < 0.45 ? hurt(message, random) : message;
}

/** Deeper than any filter may go. */
const DEEPEST = 14;

/** A message of its type with any of its fields set to anything that they can hold. */
function randomMessage(type: DescMessage, random: () => number, depth: number): Uint8Array {
  const writer = new BinaryWriter();
  for (const field of type.fields) {
    if (random() > 0.75 / Math.sqrt(type.fields.length)) continue;
    const times = field.fieldKind === 'list' ? Math.floor(random() * 4) : 1;
    for (let time = 0; time < times; time++) writeField(writer, field, random, depth);
  }
  return writer.finish();
}

function writeField(writer: BinaryWriter, field: DescField, random: () => number, depth: number): void {
  if (field.message) {
    if (depth < DEEPEST) {
      writer.tag(field.number, WireType.LengthDelimited).bytes(randomMessage(field.message, random, depth + 1));
    }
  } else if (field.enum) {
    writer.tag(field.number, WireType.Varint).int32(pick([0, 1, 2, 3, 4, 5, 99, -1], random));
  } else {
    writeScalar(writer, field.number, field.scalar ?? ScalarType.STRING, random);
  }
}

function writeScalar(writer: BinaryWriter, number: number, scalar: ScalarType, random: () => number): void {
  switch (scalar) {
    case ScalarType.BOOL:
      writer.tag(number, WireType.Varint).bool(random() < 0.5);
      break;
    case ScalarType.INT32:
      writer.tag(number, WireType.Varint).int32(pick(INTS, random));
      break;
    case ScalarType.INT64:
      writer.tag(number, WireType.Varint).int64(pick(LONGS, random));
      break;
    case ScalarType.DOUBLE:
      writer.tag(number, WireType.Bit64).double(pick(DOUBLES, random));
      break;
    case ScalarType.BYTES:
      writer.tag(number, WireType.LengthDelimited).bytes(noise(Math.floor(random() * 5), random));
      break;
    default:
      writer.tag(number, WireType.LengthDelimited).string(pick(TEXTS, random));
  }
}

const INTS = [0, 1, 2, 5, 40_000, -1, -40_000, 2 ** 31 - 1, -(2 ** 31)];
const LONGS = [0n, 1n, 3n, -1n, 2n ** 53n, 253_402_300_800n, 2n ** 63n - 1n, -(2n ** 63n)];
const DOUBLES = [0, -0, 1.5, 1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY];
const TEXTS = [
  ...['', 'a', "'", '"', '\\', '%', '_', '\0', '😀', 'x'.repeat(5000), "'; DROP TABLE everything; --", '$1', '?'],
  ...['0', '-1.5', '1e9', '9'.repeat(60), '99999999999.999', 'NaN', 'Infinity'],
  ...[
    '00000000-0000-4000-8000-000000000000',
    '00000000-0000-4000-8000-00000000000',
    'FFFFFFFF-0000-4000-8000-0000000000FF',
  ],
  ...['*', 'id', 'title', 'a_string', 'aString', 'author.name', '__proto__', 'constructor', 'secret'],
];

function hurt(message: Uint8Array, random: () => number): Uint8Array {
  const bytes = [...message];
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    const at = Math.floor(random() * bytes.length);
    const change = random();
    if (change < 0.5) bytes[at] = Math.floor(random() * 256);
    else if (change < 0.7) bytes.splice(at, 1);
    else if (change < 0.9) bytes.splice(at, 0, Math.floor(random() * 256));
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}

function noise(length: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)] as T;
}
