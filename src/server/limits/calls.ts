import { constants } from 'node:http2';
import { Metadata, ServerInterceptingCall, type ServerInterceptor, status as Status } from '@grpc/grpc-js';
import {
  callContext,
  callWork,
  http2StreamOf,
  type InterceptedCall,
  StreamError,
  type StreamLogger,
  setCallContext,
  statusOf,
} from '../../runtime/index.js';
import { type Decompress, replaceDecompression } from '../../runtime/internals/grpc-js.js';
import { Semaphore } from '../../waits/index.js';
import { type Authenticate, type IncomingCall, identify, incomingCall } from '../auth/authenticate.js';
import { isHealthMethod, isProbe } from '../health.js';
import { type CallLimits, CallRate, ConcurrencyLimit, networkOf, ThrottledWarning } from './client-limits.js';

export interface LimitCallsOptions {
  readonly authenticate?: Authenticate | undefined;
  readonly limits: CallLimits;
  /** Milliseconds that a client may take to send its request, or to take the end of its answer. */
  readonly idleTimeoutMs: number;
  /** Aborted when the server takes no more calls. */
  readonly draining: AbortSignal;
  readonly logger?: StreamLogger | undefined;
}

/** Admits or refuses calls before any service sees them, and ends calls whose clients do nothing. */
export function limitCalls(options: LimitCallsOptions): ServerInterceptor[] {
  return [admitCalls(options), endIdleCalls(options.idleTimeoutMs)];
}

/**
 * Watch of the health service needs no credentials: such calls have their own limits, so that they do not use up those of authenticated
 * clients.
 */
const HEALTH_WATCHES = { total: 1000, perClient: 100 };

/** A call may end at any time; the client may try again after a second. */
const RETRY_WHEN_FULL_MS = 1000;

const RETRY_WHEN_DRAINING_MS = 1000;

/**
 * Authenticates each call and counts it against the limits, before its handler exists: that covers every service of the server, also the
 * user's own. Health checks need no credentials.
 */
function admitCalls({ authenticate, limits, draining, logger }: LimitCallsOptions): ServerInterceptor {
  const rate = new CallRate(limits.maxCallsPerSecond);
  const calls = new ConcurrencyLimit({ total: limits.maxStreams, perClient: limits.maxStreamsPerClient });
  const watches = new ConcurrencyLimit(HEALTH_WATCHES);
  const refused = new ThrottledWarning(logger, 'calls refused: their clients begin too many calls a second');

  /** @returns The function to call when the call has ended. @throws StreamError when it is refused. */
  async function admit(call: IncomingCall, isGone: () => boolean): Promise<() => void> {
    const { address, metadata, method } = call;
    const network = networkOf(address);
    // Counted by address, before authentication: this also limits attempts to guess tokens.
    const waitMs = rate.waitMs(network);
    if (waitMs > 0) {
      overRate.add(metadata);
      refused.add({ address });
      throw exhausted(`a client may begin ${limits.maxCallsPerSecond} calls a second`, 'limit.rate', waitMs);
    }
    if (isProbe(method)) return () => {};
    if (draining.aborted) throw shuttingDown();
    if (isHealthMethod(method)) return enter(watches, `address ${network}`, HEALTH_WATCHES.perClient);
    const principal = await identify(call, authenticate, logger);
    const client = principal?.id === undefined ? `address ${network}` : `principal ${principal.id}`;
    const context = callContext(call);
    if (context) setCallContext(metadata, { ...context, ...(principal ? { principal } : {}), client });
    // The client may have left during authentication.
    if (isGone()) return () => {};
    return enter(calls, client, limits.maxStreamsPerClient);
  }

  return ({ path }, call) => {
    let gone = false;
    let leave = () => {};
    return new ServerInterceptingCall(call, {
      start: (next) => {
        let onCancel = () => {};
        next({
          onReceiveMetadata: (metadata, pass) => {
            onCancel = () => void callWork({ metadata }).then(() => leave());
            admit(incomingCall(path, metadata, call), () => gone).then(
              (left) => {
                leave = left;
                if (gone) leave();
                else pass(metadata);
              },
              (error: unknown) => refuseCall(call, error),
            );
          },
          onCancel: () => {
            gone = true;
            onCancel();
          },
        });
      },
    });
  };
}

const overRate = new WeakSet<Metadata>();

/** Whether a call was refused for the limit of calls a second: a line for each of them would let clients fill the log. */
export function isOverRate(metadata: Metadata): boolean {
  return overRate.has(metadata);
}

function enter(limit: ConcurrencyLimit, client: string, perClient: number): () => void {
  const leave = limit.enter(client);
  if (leave) return leave;
  if (limit.full) throw exhausted('the server has no room for more streams', 'limit.streams', RETRY_WHEN_FULL_MS);
  throw exhausted(`a client may have ${perClient} streams at a time`, 'limit.client_streams', RETRY_WHEN_FULL_MS);
}

function exhausted(message: string, code: string, retryAfterMs: number): StreamError {
  return new StreamError(code, message, {
    status: 'RESOURCE_EXHAUSTED',
    phase: 'request',
    retryAfterMs: Math.ceil(retryAfterMs),
  });
}

function shuttingDown(): StreamError {
  return new StreamError('server.draining', 'the server is shutting down', {
    status: 'UNAVAILABLE',
    phase: 'shutdown',
    retryAfterMs: RETRY_WHEN_DRAINING_MS,
  });
}

/** Ends a call with an error. It does not wait for the rest of the request, which may never come and would keep the HTTP/2 stream open. */
function refuseCall(call: InterceptedCall, error: unknown): void {
  const { code, details, metadata = new Metadata() } = statusOf(error, 0);
  call.sendStatus({ code, details, metadata });
  http2StreamOf(call)?.close(constants.NGHTTP2_NO_ERROR);
}

/**
 * Ends calls whose request does not come, and resets those whose client does not take the end of the answer. A client that streams its
 * requests has no time limit. While rows are sent, their stream itself watches the client.
 */
function endIdleCalls(idleTimeoutMs: number): ServerInterceptor {
  return ({ requestStream, responseStream }, call) => {
    let timer: NodeJS.Timeout | undefined;
    let ended = false;
    const watchAnswer = () => {
      clearTimeout(timer);
      // A handler may answer a client that has left.
      if (!ended) timer = resetWhenIdle(call, idleTimeoutMs);
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            if (!requestStream) timer = setTimeout(() => refuseCall(call, lateRequest(idleTimeoutMs)), idleTimeoutMs);
            pass(metadata);
          },
          onReceiveHalfClose: (pass) => {
            clearTimeout(timer);
            pass();
          },
          onCancel: () => {
            ended = true;
            clearTimeout(timer);
          },
        }),
      sendMessage: (message, pass) => {
        // The status of a unary call is sent only after the client has taken its message.
        if (!responseStream) watchAnswer();
        pass(message);
      },
      sendStatus: (status, pass) => {
        watchAnswer();
        pass(status);
      },
    });
  };
}

function lateRequest(idleTimeoutMs: number): StreamError {
  return new StreamError('request.late', `the request did not come within ${idleTimeoutMs / 1000} s`, {
    status: 'DEADLINE_EXCEEDED',
    phase: 'request',
  });
}

/** A status waits for data that the client may never take. */
function resetWhenIdle(call: InterceptedCall, idleTimeoutMs: number): NodeJS.Timeout | undefined {
  const stream = http2StreamOf(call);
  if (!stream) return undefined;
  let waitingBytes = Number.POSITIVE_INFINITY;
  const timer = setTimeout(() => {
    if (stream.writableLength >= waitingBytes) return stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    waitingBytes = stream.writableLength;
    return timer.refresh();
  }, idleTimeoutMs);
  return timer;
}

/**
 * The most messages that are decompressed at a time, of all calls: a kilobyte may become a megabyte, and a thousand messages may come at
 * once.
 */
const decompressions = new Semaphore(8);

/**
 * Keeps compressed requests from using up the memory: decompresses only a few at a time, and not the second message of a method that takes
 * one. grpc-js would decompress all messages of a frame at once.
 */
export function limitDecompression(): ServerInterceptor {
  return ({ requestStream }, call) => {
    replaceDecompression(call, (decompress) => limited(decompress, requestStream));
    return new ServerInterceptingCall(call);
  };
}

function limited(decompress: Decompress, requestStream: boolean): Decompress {
  let messages = 0;
  return async (message, encoding) => {
    if (!requestStream && messages++ > 0) {
      throw { code: Status.UNIMPLEMENTED, details: 'this method takes one request, and got several' };
    }
    if (encoding === 'identity') return decompress(message, encoding);
    const release = await decompressions.acquire();
    try {
      return await decompress(message, encoding);
    } finally {
      release();
    }
  };
}
