import type { Client, Metadata } from '@grpc/grpc-js';
import { InternalError, UsageError } from '../errors/index.js';
import { type GenericServiceDefinition, serviceDefinition } from '../runtime/index.js';
import { type Cursor, openCursor } from './cursor.js';
import { type KeyTypes, keyFromJson, keyToJson } from './key-json.js';
import { type CalledMethod, openStream } from './open-call.js';
import { type ResumeOptions, resumeStream } from './resume-stream.js';
import { type Piece, type RowStream, rowStream } from './row-stream.js';
import type { StreamPosition } from './stream-position.js';
import { ProgressMeter, type ProgressOptions } from './stream-progress.js';

/** How a stream is read; what is read says the request. */
export interface StreamOptions extends ResumeOptions, ProgressOptions {
  /** Goes on where another stream of the same request stood: what its `position()` gave, fresh or out of JSON. */
  readonly position?: StreamPosition | undefined;
  /** Rows come in messages of many, which costs several times less, or one a message. Default `batches`. */
  readonly messages?: 'batches' | 'rows' | undefined;
  /** Sent with every attempt. */
  readonly metadata?: Metadata | undefined;
}

export interface ModelStreamFacts {
  readonly definition: GenericServiceDefinition;
  readonly rows: string;
  readonly batches: string;
  readonly batchField: string;
  readonly key: KeyTypes;
}

interface StreamRequest {
  readonly limit?: number | bigint;
  readonly after?: Readonly<Record<string, unknown>> | null;
}

/** Streams a model's rows over as many calls as it takes. */
export function modelStream(
  facts: ModelStreamFacts,
  channel: Client,
  request: StreamRequest,
  options: StreamOptions,
): RowStream<object> {
  const { position } = options;
  const before = position?.rows ?? 0;
  const start = position?.after ? keyFromJson(position.after, facts.key) : (request.after ?? undefined);
  const cursor = openCursor<object>(start, facts.key);
  const meter = new ProgressMeter(options);
  const limit = limitOf(request);
  const left = () => (limit === undefined ? undefined : limit - before - meter.rows);
  const attempt = attempts(facts, channel, meter, options);
  return rowStream({
    meter,
    read: () =>
      pieces(
        cursor,
        resumeStream({
          ...options,
          open: (deadline) => attempt({ ...request, after: cursor.after, limit: BigInt(left() ?? 0) }, deadline),
          isComplete: () => (left() ?? 1) <= 0,
          onBreak: (broken) => meter.tell(broken),
        }),
      ),
    position: () => ({ rows: before + meter.rows, ...(cursor.after ? { after: keyToJson(cursor.after) } : {}) }),
  });
}

/** 0 asks for all rows, as in the request itself. */
function limitOf({ limit = 0 }: StreamRequest): number | undefined {
  const rows = Number(limit);
  if (Number.isSafeInteger(rows) && rows >= 0) return rows === 0 ? undefined : rows;
  throw new UsageError('client.limit', `the limit must be a whole number of rows, not ${limit}`);
}

type Attempt = (request: object, deadline: Date | undefined) => AsyncIterable<readonly object[]>;

/** Opens calls of the method that is asked for, and takes rows out of its messages. */
function attempts(facts: ModelStreamFacts, channel: Client, meter: ProgressMeter, options: StreamOptions): Attempt {
  const name = options.messages === 'rows' ? facts.rows : facts.batches;
  const method = counted(serviceDefinition(facts.definition)[name], meter);
  const codec = facts.definition.methods[name]?.requestType;
  const fromPartial: unknown = codec && Reflect.get(codec, 'fromPartial');
  if (typeof fromPartial !== 'function')
    throw new InternalError(`${name} is no method of ${facts.definition.fullName}`);
  const field = name === facts.rows ? undefined : facts.batchField;
  return async function* (request, deadline) {
    meter.opened();
    const call = openStream(channel, method, fromPartial(request), { ...options, deadline });
    for await (const message of call) yield rowsIn(message, field);
  };
}

function counted(method: CalledMethod | undefined, meter: ProgressMeter): CalledMethod {
  if (!method) throw new InternalError('a method that the service does not have');
  return {
    ...method,
    responseDeserialize(bytes) {
      meter.bytes += bytes.length;
      return method.responseDeserialize(bytes);
    },
  };
}

function rowsIn(message: unknown, field: string | undefined): readonly object[] {
  if (!(message instanceof Object)) throw new InternalError('a message that is no object');
  return field === undefined ? [message] : Reflect.get(message, field);
}

async function* pieces<Row>(cursor: Cursor<Row>, batches: AsyncIterable<readonly Row[]>): AsyncGenerator<Piece<Row>> {
  for await (const rows of batches) yield { rows, cursor };
}
