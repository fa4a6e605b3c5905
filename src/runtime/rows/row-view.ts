import { InternalError } from '../../errors/index.js';
import { ByteWriter } from '../encode/byte-writer.js';
import type { Chunk } from '../encode/chunk.js';
import type { ModelField } from '../encode/model-field.js';
import { type OnUnreadable, rowEncoder } from '../encode/row-encoder.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import type { ChunkRequest, Row, Source } from './chunk-source.js';

/** The part of a model's rows that one caller sees, as the model's hooks decide. */
export interface RowView {
  /** The rows that may be seen, as Prisma's `where`; undefined for every row. */
  readonly scope: object | undefined;
  /** Values that stand in place of the database's, which are not even read. */
  readonly constants: Row;
  /** Changes a row that has the constants, or hides it by null. Undefined where every row is seen as it is. */
  readonly map: ((row: Row) => Row | null) | undefined;
  /** Fields whose values in the database the caller does not see: a request that orders or filters by them would ask for these values. */
  readonly unseen: ReadonlySet<string>;
}

/** The views of one call, by Prisma's name of the model: those of the streamed model, and of all models whose rows its rows include. */
export type RowViews = ReadonlyMap<string, RowView>;

/** @throws InternalError: rows of a model without a view would be rows that no hook was asked for. */
export function viewOf(views: RowViews, model: string): RowView {
  const view = views.get(model);
  if (view) return view;
  throw new InternalError(`rows of ${model} would be read without its hooks`);
}

/** The fields that are read of the database. */
export function fieldsRead(fields: readonly ModelField[], { constants }: RowView): readonly ModelField[] {
  const isRead = ({ name }: ModelField) => !Object.hasOwn(constants, name);
  return fields.every(isRead) ? fields : fields.filter(isRead);
}

/** A row as the caller sees it; null for a row that is hidden. */
export function seenRow(row: Row, { constants, map }: RowView): Row | null {
  const whole = isEmpty(constants) ? row : { ...row, ...constants };
  return map ? map(whole) : whole;
}

function isEmpty(constants: Row): boolean {
  for (const _ in constants) return false;
  return true;
}

/**
 * Writes the constants of a view behind each row, so that rows that only have constants need not become objects. A message's fields may come
 * in any order.
 *
 * @throws InternalError for a constant that the field cannot hold.
 */
export function withConstants(
  source: Source<Chunk>,
  fields: readonly ModelField[],
  { constants }: RowView,
  model: string,
): Source<Chunk> {
  const bytes = encodedConstants(
    fields.filter(({ name }) => Object.hasOwn(constants, name)),
    constants,
    model,
  );
  if (bytes.length === 0) return source;
  return async function* (request) {
    for await (const chunk of source(request)) yield new ChunkWithConstants(chunk, bytes);
  };
}

/** A class: with functions for each chunk, rows outlive V8's young generation. */
class ChunkWithConstants implements Chunk {
  readonly length: number;
  readonly bytesRead: number | undefined;
  readonly ready: Promise<void> | undefined;
  private readonly chunk: Chunk;
  private readonly bytes: Uint8Array;

  constructor(chunk: Chunk, bytes: Uint8Array) {
    this.length = chunk.length;
    this.bytesRead = chunk.bytesRead;
    this.ready = chunk.ready;
    this.chunk = chunk;
    this.bytes = bytes;
  }

  encodeRow(writer: ByteWriter, index: number, onUnreadable?: OnUnreadable): void {
    this.chunk.encodeRow(writer, index, onUnreadable);
    writer.raw(this.bytes);
  }

  nameOf(index: number): string {
    return this.chunk.nameOf?.(index) ?? '';
  }

  release(): void {
    this.chunk.release?.();
  }
}

function encodedConstants(fields: readonly ModelField[], constants: Row, model: string): Uint8Array {
  const writer = new ByteWriter();
  try {
    rowEncoder(fields)(writer, constants);
  } catch (error) {
    if (!(error instanceof UnreadableValue)) throw error;
    throw new InternalError(`the mask of ${model}.${error.field} ${error.problem}`);
  }
  return Uint8Array.from(writer.take());
}

/** A source that counts the rows that are seen: hidden rows must not count, or a limit would tell that they exist. */
export function limitSeen<C>(
  source: Source<C>,
  limit: number | undefined,
  { lengthOf, first }: Countable<C>,
): Source<C> {
  if (limit === undefined) return source;
  return async function* (request) {
    let left = limit;
    for await (const chunk of source(withChunkSize(request, () => Math.max(left, SMALLEST_CHUNK)))) {
      const length = lengthOf(chunk);
      yield length > left ? first(chunk, left) : chunk;
      left -= length;
      if (left <= 0) return;
    }
  };
}

interface Countable<C> {
  readonly lengthOf: (chunk: C) => number;
  readonly first: (chunk: C, length: number) => C;
}

/** Where most rows are hidden, a chunk of as many rows as are still missing would be a query for each row. */
const SMALLEST_CHUNK = 100;

/** A getter, since the chunk size may change from one query to the next. */
function withChunkSize(request: ChunkRequest, most: () => number): ChunkRequest {
  return Object.create(request, { chunkSize: { get: () => Math.min(request.chunkSize, most()) } });
}
