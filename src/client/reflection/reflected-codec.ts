import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  fromJson,
  isMessage,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { FieldMaskSchema, TimestampSchema, ValueSchema } from '@bufbuild/protobuf/wkt';
import { InternalError } from '../../errors/index.js';
import { camelCase, setMember, timestampOf, timestampToDate } from '../../model/index.js';
import type { GeneratedMessage } from '../../runtime/index.js';

/** A codec like those that ts-proto generates, as far as clients use them. */
export interface ReflectedCodec extends GeneratedMessage {
  /** A message with all of its members, from one that may leave some out. */
  fromPartial(object: object): object;
}

/**
 * Makes the codec of a message from its descriptor, for clients without generated code. Messages are those of generated code: times are dates,
 * integers of 64 bits are `bigint`, values of enums are their names in the proto, and what is unset is null.
 */
export function reflectedCodec(descriptor: DescMessage): ReflectedCodec {
  const { toMessage, toObject, whole } = converterOf(descriptor, new Map());
  return {
    encode: (object, writer = new BinaryWriter()) => writer.raw(toBinary(descriptor, toMessage(object))),
    decode: (input) => toObject(fromBinary(descriptor, input instanceof BinaryReader ? input.bytes() : input)),
    fromPartial: whole,
  };
}

/** Converts between objects, as callers have them, and messages of the library. */
interface Converter {
  toMessage(object: object): Message;
  toObject(message: Message): object;
  whole(object: object): object;
}

/** Messages may contain themselves: each descriptor has one converter. */
function converterOf(descriptor: DescMessage, known: Map<DescMessage, Converter>): Converter {
  const found = known.get(descriptor);
  if (found) return found;
  let members: readonly Member[] = [];
  const made: Converter = {
    toMessage(object) {
      const message = create(descriptor);
      for (const { property, localName, write } of members) {
        const value: unknown = Object.hasOwn(object, property) ? Reflect.get(object, property) : undefined;
        if (value !== undefined && value !== null) Reflect.set(message, localName, write(value));
      }
      return message;
    },
    toObject(message) {
      const object = {};
      for (const { property, localName, isList, read } of members) {
        const value: unknown = Reflect.get(message, localName);
        setMember(object, property, value === undefined ? (isList ? [] : null) : read(value));
      }
      return object;
    },
    whole(object) {
      const message = {};
      for (const { property, isList, fill } of members) {
        const value: unknown = Object.hasOwn(object, property) ? Reflect.get(object, property) : undefined;
        setMember(message, property, value === undefined || value === null ? (isList ? [] : null) : fill(value));
      }
      return message;
    },
  };
  known.set(descriptor, made);
  members = descriptor.fields.map((field) => memberOf(field, known));
  return made;
}

/** The property of a field in messages of generated code. */
export function memberName({ name }: Pick<DescField, 'name'>): string {
  return camelCase(name);
}

interface Member {
  readonly property: string;
  /** The property of the library's messages. */
  readonly localName: string;
  readonly isList: boolean;
  write(value: unknown): unknown;
  read(value: unknown): unknown;
  fill(value: unknown): unknown;
}

function memberOf(field: DescField, known: Map<DescMessage, Converter>): Member {
  const { localName } = field;
  const property = memberName(field);
  if (field.oneof) throw new InternalError(`${field} is one of several fields, which no service of ours has`);
  const { write, read, fill } = conversionOf(field, known);
  if (field.fieldKind !== 'list') return { property, localName, isList: false, write, read, fill };
  return {
    property,
    localName,
    isList: true,
    write: (values) => listOf(values).map(write),
    read: (values) => listOf(values).map(read),
    fill: (values) => listOf(values).map(fill),
  };
}

type Conversion = Pick<Member, 'write' | 'read' | 'fill'>;

const asItIs = (value: unknown) => value;
const UNCHANGED: Conversion = { write: asItIs, read: asItIs, fill: asItIs };

/** How one value of a field is converted: an item, where the field is a list. */
function conversionOf(field: DescField, known: Map<DescMessage, Converter>): Conversion {
  if (field.enum) return enumValue(field.enum.values);
  if (!field.message) return UNCHANGED;
  switch (field.message.typeName) {
    case TimestampSchema.typeName:
      return { ...UNCHANGED, write: (date) => create(TimestampSchema, timestampOf(dateOf(date))), read: readTimestamp };
    case FieldMaskSchema.typeName:
      return { ...UNCHANGED, write: (paths) => create(FieldMaskSchema, { paths: listOf(paths).map(String) }) };
    case ValueSchema.typeName:
      return { ...UNCHANGED, write: (json) => fromJson(ValueSchema, json as JsonValue), read: readJson };
    default: {
      const converter = converterOf(field.message, known);
      return {
        write: (object) => converter.toMessage(objectOf(object)),
        read: (message) => converter.toObject(message as Message),
        fill: (object) => converter.whole(objectOf(object)),
      };
    }
  }
}

function enumValue(values: readonly { readonly name: string; readonly number: number }[]): Conversion {
  const names = new Map(values.map(({ name, number }) => [number, name]));
  const numbers = new Map(values.map(({ name, number }) => [name, number]));
  return {
    write: (name) => known(numbers.get(String(name)), name),
    read: (number) => known(names.get(Number(number)), number),
    fill: asItIs,
  };
}

function known<T>(found: T | undefined, value: unknown): T {
  if (found !== undefined) return found;
  throw new Error(`${String(value)} is no value of the enum that the server described`);
}

function readTimestamp(message: unknown): Date {
  if (isMessage(message, TimestampSchema)) return timestampToDate(message);
  throw new InternalError('a time is not a Timestamp');
}

function readJson(message: unknown): unknown {
  if (isMessage(message, ValueSchema)) return toJson(ValueSchema, message);
  throw new InternalError('JSON is not a Value');
}

function dateOf(value: unknown): Date {
  if (value instanceof Date) return value;
  throw new TypeError('a time must be a Date');
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`a list was expected, not ${typeof value}`);
}

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value;
  throw new TypeError(`a message was expected, not ${typeof value}`);
}
