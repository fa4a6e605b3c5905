import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { WireType } from '../../model/index.js';

/** What a codec of ts-proto can do. Generated code takes the type from here, so that it does not stand in each of its files. */
export interface MessageFns<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): T;
  create(base?: DeepPartial<T>): T;
  fromPartial(object: DeepPartial<T>): T;
}

// biome-ignore lint/complexity/noBannedTypes: a Function of any kind is left as it is.
type Builtin = Date | Function | Uint8Array | string | number | boolean | bigint | undefined;

/** A message of which any part may be left out, as ts-proto defines it. */
export type DeepPartial<T> = T extends Builtin
  ? T
  : T extends globalThis.Array<infer U>
    ? globalThis.Array<DeepPartial<U>>
    : T extends ReadonlyArray<infer U>
      ? ReadonlyArray<DeepPartial<U>>
      : T extends object
        ? { [K in keyof T]?: DeepPartial<T[K]> }
        : Partial<T>;

/** A codec of any message. */
export interface AnyCodec {
  encode(message: never, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): unknown;
  fromPartial(object: never): unknown;
}

/** How the values of one member of a message are written and read. */
export interface MemberType {
  readonly wireType: number;
  /** What a message has that says nothing of it. */
  initial(): unknown;
  /** Whether a value need not be written. */
  isInitial(value: unknown): boolean;
  write(writer: BinaryWriter, value: unknown, number: number): void;
  /** @param before The member's value so far. */
  read(reader: BinaryReader, before: unknown): unknown;
  /** The value for what a caller wrote, which may leave parts out. */
  partial(value: unknown): unknown;
}

export interface Member {
  /** The property in TypeScript. */
  readonly name: string;
  readonly number: number;
  readonly type: MemberType;
}

/** How far messages may go into each other. */
const MAX_DEPTH = 100;
let depth = 0;

/** Called by each decoder when it begins; generated code does so, too. */
export function enterMessage(): void {
  if (depth >= MAX_DEPTH) throw new Error('messages go too deep into each other');
  depth++;
}

/** Called by each decoder when it ends, however it does. */
export function leaveMessage(): void {
  depth--;
}

/** A number that is to be sent as an `int64`. Generated code asks before it writes one. */
export function int64Of(value: bigint, name: string): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new Error(`${name} is ${value}, which does not fit into 64 bits`);
  return value;
}

/** A codec of a message, from its members. */
export function messageCodec<T>(members: readonly Member[]): MessageFns<T> {
  const byTag = new Map(members.map((member) => [tagOf(member), member]));
  const codec: MessageFns<T> = {
    encode(message, writer = new BinaryWriter()) {
      for (const { name, number, type } of members) {
        const value = ownMember(objectOf(message), name);
        if (value !== undefined && value !== null && !type.isInitial(value)) type.write(writer, value, number);
      }
      return writer;
    },
    decode(input, length) {
      const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
      const end = length === undefined ? reader.len : reader.pos + length;
      const message: Record<string, unknown> = Object.fromEntries(
        members.map(({ name, type }) => [name, type.initial()]),
      );
      enterMessage();
      try {
        while (reader.pos < end) {
          const tag = reader.uint32();
          const member = byTag.get(tag);
          if (member) message[member.name] = member.type.read(reader, message[member.name]);
          else if ((tag & 7) === 4 || tag === 0) break;
          else reader.skip(tag & 7);
        }
      } finally {
        leaveMessage();
      }
      return typed<T>(message);
    },
    create: (base) => codec.fromPartial(base ?? typed({})),
    fromPartial(object) {
      const given = members.map(({ name, type }) => [name, partialOf(type, ownMember(objectOf(object), name))]);
      return typed<T>(Object.fromEntries(given));
    },
  };
  return codec;
}

function tagOf({ number, type }: Member): number {
  return ((number << 3) | type.wireType) >>> 0;
}

/** What every object inherits, such as `constructor`, is no member of a message. */
function ownMember(message: object, name: string): unknown {
  return name in Object.prototype && !Object.hasOwn(message, name) ? undefined : Reflect.get(message, name);
}

function objectOf(message: unknown): object {
  if (typeof message === 'object' && message !== null) return message;
  throw new TypeError(`a message was expected, not ${message === null ? 'null' : typeof message}`);
}

function partialOf(type: MemberType, value: unknown): unknown {
  return value === undefined || value === null ? type.initial() : type.partial(value);
}

/** The members of a codec and its type are made from the same proto. */
function typed<T>(message: object): T {
  return message as T;
}

/** A message that may be unset. `codec` is a function because messages may contain themselves. */
export function one(codec: () => AnyCodec): MemberType {
  return {
    wireType: WireType.bytes,
    initial: () => null,
    isInitial: () => false,
    write(writer, value, number) {
      codec()
        .encode(value as never, writer.uint32(bytesTag(number)).fork())
        .join();
    },
    read: (reader) => codec().decode(reader, reader.uint32()),
    partial: (value) => codec().fromPartial(value as never),
  };
}

/** Messages in a list. */
export function many(codec: () => AnyCodec): MemberType {
  const { write, read, partial } = one(codec);
  return {
    wireType: WireType.bytes,
    initial: () => [],
    isInitial: () => false,
    write(writer, values, number) {
      for (const value of listOf(values)) write(writer, value, number);
    },
    read(reader, before) {
      const list = listOf(before);
      list.push(read(reader, undefined));
      return list;
    },
    partial: (values) => listOf(values).map((value) => partial(value)),
  };
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`a list was expected, not ${typeof value}`);
}

function bytesTag(number: number): number {
  return ((number << 3) | WireType.bytes) >>> 0;
}

export const int32: MemberType = varint<number>({
  zero: 0,
  write: (writer, value) => writer.int32(value),
  read: (reader) => reader.int32(),
  partial: (value) => value as number,
});

export const bool: MemberType = varint<boolean>({
  zero: false,
  write: (writer, value) => writer.bool(value),
  read: (reader) => reader.bool(),
  partial: (value) => value as boolean,
});

export const int64: MemberType = varint<bigint>({
  zero: 0n,
  write: (writer, value) => writer.int64(int64Of(value, 'a number')),
  read: (reader) => BigInt(reader.int64()),
  partial: (value) => BigInt(value as bigint | number | string),
});

/**
 * An enum by the names of its values in the proto, as ts-proto has it.
 *
 * @param numbers By name; the one of the number 0 is what is unset.
 */
export function enumeration(numbers: ReadonlyMap<string, number>): MemberType {
  const names = new Map([...numbers].map(([name, number]) => [number, name]));
  return varint<string>({
    zero: names.get(0) ?? '',
    write: (writer, value) => writer.int32(known(numbers.get(value), value)),
    read(reader) {
      const number = reader.int32();
      return known(names.get(number), number);
    },
    partial: (value) => value as string,
  });
}

function known<T>(found: T | undefined, wanted: string | number): T {
  if (found !== undefined) return found;
  throw new Error(`Unrecognized enum value ${wanted}`);
}

interface Varint<T> {
  readonly zero: T;
  write(writer: BinaryWriter, value: T): unknown;
  read(reader: BinaryReader): T;
  partial(value: unknown): T;
}

function varint<T>({ zero, write, read, partial }: Varint<T>): MemberType {
  return {
    wireType: WireType.varint,
    initial: () => zero,
    isInitial: (value) => value === zero,
    write: (writer, value, number) => void write(writer.uint32((number << 3) >>> 0), value as T),
    read,
    partial,
  };
}

/** The paths of a `google.protobuf.FieldMask`, as ts-proto unwraps them; null where it is unset. */
export const mask: MemberType = {
  wireType: WireType.bytes,
  initial: () => null,
  isInitial: () => false,
  write(writer, paths, number) {
    const inner = writer.uint32(bytesTag(number)).fork();
    for (const path of listOf(paths)) inner.uint32(bytesTag(1)).string(String(path));
    inner.join();
  },
  read(reader) {
    const paths: string[] = [];
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === bytesTag(1)) paths.push(reader.string());
      else reader.skip(tag & 7);
    }
    return paths;
  },
  partial: (paths) => listOf(paths),
};
