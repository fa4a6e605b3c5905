import type { ByteWriter } from './byte-writer.js';

/** Tags of `google.protobuf.Value`, `Struct`, its map entries, and `ListValue`: field number shifted by three, plus wire type. */
const Tag = {
  nullValue: 0x08,
  numberValue: 0x11,
  stringValue: 0x1a,
  boolValue: 0x20,
  structValue: 0x2a,
  listValue: 0x32,
  structEntry: 0x0a,
  entryKey: 0x0a,
  entryValue: 0x12,
  listItem: 0x0a,
} as const;

/** Writes a JSON value as the content of a `google.protobuf.Value`; JSON's null is a value, unlike an absent field. */
export function encodeJsonValue(writer: ByteWriter, value: unknown): void {
  if (value === null || value === undefined) {
    writer.byte(Tag.nullValue);
    writer.byte(0);
  } else if (typeof value === 'number') {
    writer.byte(Tag.numberValue);
    writer.double(value);
  } else if (typeof value === 'string') {
    writer.byte(Tag.stringValue);
    writer.string(value);
  } else if (typeof value === 'boolean') {
    writer.byte(Tag.boolValue);
    writer.byte(value ? 1 : 0);
  } else if (Array.isArray(value)) {
    encodeList(writer, value);
  } else {
    encodeStruct(writer, value);
  }
}

function encodeList(writer: ByteWriter, items: readonly unknown[]): void {
  writer.byte(Tag.listValue);
  const list = writer.open();
  for (const item of items) encodeNested(writer, Tag.listItem, item);
  writer.close(list);
}

function encodeStruct(writer: ByteWriter, value: object): void {
  writer.byte(Tag.structValue);
  const struct = writer.open();
  for (const [key, inner] of Object.entries(value)) {
    writer.byte(Tag.structEntry);
    const entry = writer.open();
    // An empty key is the default of its field, which proto3 leaves out.
    if (key !== '') {
      writer.byte(Tag.entryKey);
      writer.string(key);
    }
    encodeNested(writer, Tag.entryValue, inner);
    writer.close(entry);
  }
  writer.close(struct);
}

function encodeNested(writer: ByteWriter, tag: number, value: unknown): void {
  writer.byte(tag);
  const start = writer.open();
  encodeJsonValue(writer, value);
  writer.close(start);
}
