import { type CallOptions, type Client, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { onAbort } from '../waits/index.js';

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

/** Streams a method's messages. It opens the call when it is begun to be read, and cancels it when reading ends before the stream does. */
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
  // Whoever iterates is told of the error; a cancelled call has nobody left to tell.
  call.on('error', () => {});
  const removeListener = onAbort(signal, () => call.cancel());
  try {
    yield* call;
  } finally {
    removeListener();
    call.cancel();
  }
}

/** Calls a method that gives one message. */
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
