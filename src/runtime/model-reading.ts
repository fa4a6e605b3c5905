import type { StreamingSettings } from '../config/index.js';
import { InternalError } from '../errors/index.js';
import type { ChunkSource, RawRow, Row } from './chunk-source.js';
import { type StreamedModel, selectOf } from './define-model.js';
import { keysetSource, type RowReader } from './keyset-source.js';
import { type RowEncoder, rawRowEncoder, rowEncoder } from './row-encoder.js';
import { readerOf, type SqlReaderFactory } from './sql-reader.js';
import { canAskBySql, canReadBySql, sqlSource } from './sql-source.js';
import type { ParsedRequest } from './stream-request.js';

/** Rows, and how to write such a row. */
export interface Reading<R> {
  readonly source: ChunkSource<R>;
  readonly encode: RowEncoder<R>;
}

/** Takes either kind of rows; whatever it does, it does without looking at them. */
export type UseReading = <R>(reading: Reading<R>) => void;

export interface ModelReadingOptions {
  readonly prisma: Readonly<Record<string, RowReader>>;
  readonly adapter?: SqlReaderFactory;
}

/** What of a request says which rows to read. */
export type RowsAsked = Pick<ParsedRequest, 'where' | 'fields' | 'order' | 'after' | 'upTo' | 'limit'>;

/**
 * Chooses how a model's rows are read. Straight from the driver, where that is sure to give the same values: a database and types that
 * tests have proved, a client without extensions, and no filter. Through Prisma's client otherwise.
 */
export function modelReading(
  model: StreamedModel,
  { rawQueries }: StreamingSettings,
  { prisma, adapter }: ModelReadingOptions,
): (asked: RowsAsked, use: UseReading) => void {
  const { [model.delegate]: delegate } = prisma;
  if (!delegate)
    throw new InternalError(`the Prisma client has no model ${model.delegate}; run \`npx grpc-stream generate\``);
  const reader =
    rawQueries && adapter && canReadBySql(model, adapter) && hasNoExtensions(prisma)
      ? () => readerOf(adapter)
      : undefined;
  return (asked, use) => {
    const { fields } = asked;
    if (reader && canAskBySql(asked)) {
      const encode = fields ? rawRowEncoder(fields) : model.encodeRaw;
      return use<RawRow>({ source: sqlSource({ reader, model, ...asked }), encode });
    }
    const select = fields ? selectOf(fields) : model.select;
    const encode = fields ? rowEncoder(fields) : model.encode;
    return use<Row>({ source: keysetSource({ delegate, key: asked.order, select, ...asked }), encode });
  };
}

/**
 * An extension may filter rows or change their values, so that SQL beside it would give away what it hides: only a client that is
 * known to have none is read past. The client keeps them under a name that is not public; whatever looks different counts as extended.
 */
function hasNoExtensions(prisma: object): boolean {
  const extensions: unknown = Reflect.get(prisma, '_extensions');
  if (typeof extensions !== 'object' || extensions === null) return false;
  const isEmpty: unknown = Reflect.get(extensions, 'isEmpty');
  return typeof isEmpty === 'function' && isEmpty.call(extensions) === true;
}
