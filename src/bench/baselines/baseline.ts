import type { ServerWritableStream } from '@grpc/grpc-js';
import type { StreamModel } from '../../model/index.js';
import type { FindMany, TableRow } from '../database/find-many.js';

/** What a stream by hand is asked for. */
export interface BaselineRequest {
  /** Rows a round trip. */
  readonly chunk: number;
  /** Most rows; infinite for all. */
  readonly limit: number;
}

/** What a handler by hand has at hand: Prisma's own `findMany`, and the codec that ts-proto wrote. */
export interface BaselineContext {
  readonly model: StreamModel;
  readonly findMany: FindMany;
  readonly call: ServerWritableStream<BaselineRequest, TableRow>;
}

/** A way to stream a table without this package. */
export type Baseline = (context: BaselineContext) => Promise<void>;
