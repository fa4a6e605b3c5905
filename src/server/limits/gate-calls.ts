import { constants } from 'node:http2';
import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
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
import { type Authenticate, type IncomingCall, identify, incomingCall } from '../auth/authenticate.js';
import { isHealthMethod, isProbe } from '../health/health.js';
import { type CallLimits, CallRate, networkOf, Places } from './client-limits.js';
import { OccasionalLog } from './occasional-log.js';

export interface GateOptions {
  readonly authenticate?: Authenticate | undefined;
  readonly limits: CallLimits;
  /** Aborted when the server takes no more calls. */
  readonly draining: AbortSignal;
  readonly logger?: StreamLogger | undefined;
}

/** Who watches the server's health shows no credentials: what strangers may hold must not be taken from those who do. */
const WATCHES = { inAll: 1000, perClient: 100 };

/** Places come free whenever a call ends; a second is a polite while to wait for one. */
const PLACE_RETRY_MS = 1000;

const floods = new WeakSet<Metadata>();

/** Whether a call was refused as one of too many a second: a line for each would hand the log over to whoever makes them. */
export function isOfFlood(metadata: Metadata): boolean {
  return floods.has(metadata);
}

/**
 * Lets calls in, or refuses them before their handler exists: any service behind the server is covered, also a user's own.
 * What asks for the server's health needs no credentials.
 */
export function gateCalls({ authenticate, limits, draining, logger }: GateOptions): ServerInterceptor {
  const rate = new CallRate(limits.maxCallsPerSecond);
  const calls = new Places({ inAll: limits.maxStreams, perClient: limits.maxStreamsPerClient });
  const watches = new Places(WATCHES);
  const flood = new OccasionalLog(logger, 'calls refused: their clients begin too many a second');

  /** @returns Called when nothing of the call is left. @throws StreamError when it is refused. */
  async function enter(call: IncomingCall, isGone: () => boolean): Promise<() => void> {
    const { address, metadata, method } = call;
    const network = networkOf(address);
    // Counted by address, and first: guessing at tokens has its rate, too.
    const waitMs = rate.waitMs(network);
    if (waitMs > 0) {
      floods.add(metadata);
      flood.note({ address });
      throw tooMany(`a client may begin ${limits.maxCallsPerSecond} calls a second`, 'limit.rate', waitMs);
    }
    if (isProbe(method)) return () => {};
    if (draining.aborted) throw shuttingDown();
    if (isHealthMethod(method)) return placeIn(watches, `address ${network}`, WATCHES.perClient);
    const principal = await identify(call, authenticate, logger);
    const context = callContext(call);
    if (context && principal) setCallContext(metadata, { ...context, principal });
    // It may have left while its credentials were looked at.
    if (isGone()) return () => {};
    const client = principal?.id === undefined ? `address ${network}` : `principal ${principal.id}`;
    return placeIn(calls, client, limits.maxStreamsPerClient);
  }

  return ({ path }, call) => {
    let gone = false;
    let leave = () => {};
    return new ServerInterceptingCall(call, {
      start: (next) => {
        let onCancel = () => {};
        next({
          onReceiveMetadata: (metadata, admit) => {
            onCancel = () => void callWork({ metadata }).then(() => leave());
            enter(incomingCall(path, metadata, call), () => gone).then(
              (left) => {
                leave = left;
                if (gone) leave();
                else admit(metadata);
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

function placeIn(places: Places, client: string, perClient: number): () => void {
  const leave = places.take(client);
  if (leave) return leave;
  if (places.full) throw tooMany('the server has no room for more streams', 'limit.streams', PLACE_RETRY_MS);
  throw tooMany(`a client may have ${perClient} streams at a time`, 'limit.client_streams', PLACE_RETRY_MS);
}

function tooMany(message: string, code: string, retryAfterMs: number): StreamError {
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
    retryAfterMs: 1000,
  });
}

/** Ends a call by an error. Its request is not waited for any more: one that never came would keep its HTTP/2 stream. */
export function refuseCall(call: InterceptedCall, error: unknown): void {
  const { code, details, metadata = new Metadata() } = statusOf(error, 0);
  call.sendStatus({ code, details, metadata });
  http2StreamOf(call)?.close(constants.NGHTTP2_NO_ERROR);
}
