import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { defineModel, type GenericServiceDefinition, type Row } from '../../src/runtime/index.js';
import type { StreamRequest } from '../../src/runtime/request/parse-request.js';

export interface Item {
  readonly id: number;
  readonly title: string;
}

/** A codec by hand, that shares nothing with the runtime's encoder. */
export const Item = {
  encode(item: Item, writer = new BinaryWriter()): BinaryWriter {
    if (item.id !== 0) writer.uint32(8).int32(item.id);
    if (item.title !== '') writer.uint32(18).string(item.title);
    return writer;
  },
  decode(input: BinaryReader | Uint8Array, length?: number): Item {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const end = length === undefined ? reader.len : reader.pos + length;
    const item = { id: 0, title: '' };
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 8) item.id = reader.int32();
      else if (tag === 18) item.title = reader.string();
      else reader.skip(tag & 7);
    }
    return item;
  },
};

export interface ItemBatch {
  readonly items: Item[];
}

export const ItemBatch = {
  encode(batch: ItemBatch, writer = new BinaryWriter()): BinaryWriter {
    for (const item of batch.items) Item.encode(item, writer.uint32(10).fork()).join();
    return writer;
  },
  decode(input: BinaryReader | Uint8Array): ItemBatch {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const items: Item[] = [];
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 10) items.push(Item.decode(reader, reader.uint32()));
      else reader.skip(tag & 7);
    }
    return { items };
  },
};

/** Requests as JSON: what a request looks like on the wire is not what is tested here. */
export const ItemRequest = {
  encode(request: StreamRequest, writer = new BinaryWriter()): BinaryWriter {
    return writer.uint32(10).string(JSON.stringify({ ...request, limit: Number(request.limit ?? 0) }));
  },
  decode(input: BinaryReader | Uint8Array): StreamRequest {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    if (reader.len === 0) return {};
    reader.uint32();
    const { limit, ...request } = JSON.parse(reader.string());
    return { ...request, limit: BigInt(limit) };
  },
  fromPartial: (request: Partial<StreamRequest>): StreamRequest => request,
};

export const ItemServiceDefinition = {
  fullName: 'test.v1.ItemStreamService',
  methods: {
    streamItems: {
      name: 'StreamItems',
      requestType: ItemRequest,
      requestStream: false,
      responseType: Item,
      responseStream: true,
    },
    streamItemBatches: {
      name: 'StreamItemBatches',
      requestType: ItemRequest,
      requestStream: false,
      responseType: ItemBatch,
      responseStream: true,
    },
  },
} satisfies GenericServiceDefinition;

export const itemModel = defineModel({
  name: 'Item',
  delegate: 'item',
  key: ['id'],
  fields: [
    { name: 'id', number: 1, type: 'Int' },
    { name: 'title', number: 2, type: 'String' },
  ],
});

/** So many rows, with ids from 1, each with a title of so many characters. */
export function itemRows(count: number, titleLength = 10): (Row & Item)[] {
  const filling = 'x'.repeat(titleLength);
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    title: `${index + 1} ${filling}`.slice(0, titleLength),
  }));
}
