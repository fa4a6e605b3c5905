import { type CallOptions, type Client, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { InternalError, UsageError } from '../errors/index.js';
import { type GenericServiceDefinition, serviceDefinition } from '../runtime/index.js';
import { onAbort } from '../waits/index.js';
import type { KeyTypes } from './position.js';

/** Options of one call. */
export interface StreamCallOptions {
  /** Cancels the stream. */
  readonly signal?: AbortSignal | undefined;
  /** An absolute time, after which the stream ends with DEADLINE_EXCEEDED. */
  readonly deadline?: Date | undefined;
  readonly metadata?: Metadata | undefined;
}

/** A method as a channel calls it. */
export type CalledMethod = Pick<
  MethodDefinition<unknown, unknown>,
  'path' | 'requestSerialize' | 'responseDeserialize'
>;

/** Streams a method's messages. The first read opens the call; it is cancelled when the caller stops reading early. */
export async function* openStream(
  channel: Client,
  { path, requestSerialize, responseDeserialize }: CalledMethod,
  request: unknown,
  { signal, deadline, metadata = new Metadata() }: StreamCallOptions,
): AsyncGenerator<unknown, void, undefined> {
  signal?.throwIfAborted();
  const call = channel.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadata,
    callOptions(deadline),
  );
  // The iteration throws the error. After a cancellation there may be no iteration, and the event needs a listener.
  call.on('error', () => {});
  const removeListener = onAbort(signal, () => call.cancel());
  try {
    yield* call;
  } finally {
    removeListener();
    call.cancel();
  }
}

/** Calls a method that returns one message. */
export async function callOnce(
  channel: Client,
  { path, requestSerialize, responseDeserialize }: CalledMethod,
  request: unknown,
  { signal, deadline, metadata = new Metadata() }: StreamCallOptions,
): Promise<unknown> {
  signal?.throwIfAborted();
  let removeListener = () => {};
  try {
    return await new Promise((resolve, reject) => {
      const call = channel.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        callOptions(deadline),
        (error, response) => (error ? reject(error) : resolve(response)),
      );
      removeListener = onAbort(signal, () => call.cancel());
    });
  } finally {
    removeListener();
  }
}

function callOptions(deadline: Date | undefined): CallOptions {
  return deadline ? { deadline } : {};
}

/** The facts of a model's service that the generator writes for its client: names, and the columns of its key message. */
export interface ServiceFacts {
  readonly definition: GenericServiceDefinition;
  /** The method that sends one row in a message. */
  readonly rows: string;
  /** The method that sends many rows in a message. */
  readonly batches: string;
  /** The field that holds the rows of such a message. */
  readonly batchField: string;
  /** The method that splits the table. */
  readonly partitions?: string;
  readonly key: KeyTypes;
}

/** Streams the rows of each message, from either of the methods that stream them. */
export async function* callForRows(
  { definition, rows, batchField }: ServiceFacts,
  methodName: string,
  channel: Client,
  request: object,
  options: StreamCallOptions & { readonly onBytes: (bytes: number) => void },
): AsyncGenerator<readonly object[], void, undefined> {
  const { method, requestMessage } = methodOf(definition, methodName);
  const counted: CalledMethod = {
    ...method,
    responseDeserialize(bytes) {
      options.onBytes(bytes.length);
      return method.responseDeserialize(bytes);
    },
  };
  for await (const message of openStream(channel, counted, requestMessage(request), options)) {
    yield methodName === rows ? [objectOf(message)] : listIn(message, batchField);
  }
}

/** Asks the server for the partitions of a table. */
export async function callForPartitions(
  { definition, partitions = '' }: ServiceFacts,
  channel: Client,
  request: object,
  options: StreamCallOptions,
): Promise<readonly object[]> {
  const { method, requestMessage } = methodOf(definition, partitions);
  return listIn(await callOnce(channel, method, requestMessage(request), options), 'partitions');
}

function methodOf(definition: GenericServiceDefinition, name: string) {
  const method = serviceDefinition(definition)[name];
  const codec = definition.methods[name]?.requestType;
  const fromPartial: unknown = codec && Reflect.get(codec, 'fromPartial');
  if (!method || typeof fromPartial !== 'function')
    throw new InternalError(`${definition.fullName} has no method ${name}; run \`npx grpc-stream generate\``);
  return {
    method,
    requestMessage(request: object): unknown {
      const message: unknown = fromPartial(request);
      assertKnown(request, message);
      return message;
    },
  };
}

function listIn(message: unknown, field: string): readonly object[] {
  const list: unknown = Reflect.get(objectOf(message), field);
  if (!Array.isArray(list)) throw new InternalError(`a message without ${field}; run \`npx grpc-stream generate\``);
  return list;
}

function objectOf(message: unknown): object {
  if (message instanceof Object) return message;
  throw new InternalError('a message is not an object');
}

/**
 * Refuses a request with a field that its message does not have. A codec would silently omit the field, and without its filter a request
 * selects every row.
 *
 * @throws UsageError that names the field.
 */
function assertKnown(given: unknown, message: unknown, path = ''): void {
  if (!isRecord(given) && !Array.isArray(given)) return;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const place = path === '' ? name : `${path}.${name}`;
    if (!(message instanceof Object) || !(name in message)) {
      throw new UsageError('client.request', `the request has no ${place}`, {
        nextActions: ['see the .proto file for the fields of a request'],
      });
    }
    assertKnown(value, Reflect.get(message, name), place);
  }
}

/** A plain object, not a date or bytes. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value instanceof Object && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
