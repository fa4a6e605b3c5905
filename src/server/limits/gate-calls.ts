import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import {
  callContext,
  type InterceptedCall,
  StreamError,
  type StreamLogger,
  setCallContext,
  statusOf,
} from '../../runtime/index.js';
import { type Authenticate, identify } from '../auth/authenticate.js';
import { isHealthMethod, isProbe } from '../health/health.js';
import { type IncomingCall, incomingCall } from '../incoming-call.js';
import type { CallLimits } from './call-limits.js';
import { CallRate } from './call-rate.js';
import { StreamCounts } from './stream-counts.js';

export interface GateOptions {
  readonly authenticate?: Authenticate | undefined;
  readonly limits: CallLimits;
  /** Aborted when the server takes no more calls. */
  readonly draining: AbortSignal;
  readonly logger?: StreamLogger | undefined;
}

/**
 * Lets calls in, or refuses them before their handler exists: any service behind the server is covered, also a user's own.
 * What asks for the server's health needs no credentials.
 */
export function gateCalls({ authenticate, limits, draining, logger }: GateOptions): ServerInterceptor {
  const rate = new CallRate(limits.maxCallsPerSecond);
  const counts = new StreamCounts(limits);

  /** @returns Called when the call has ended. @throws StreamError when it is refused. */
  async function enter(call: IncomingCall, isGone: () => boolean): Promise<() => void> {
    // Counted by address, and first: guessing at tokens has its rate, too.
    rate.take(call.address);
    if (isProbe(call.method)) return () => {};
    if (draining.aborted) throw shuttingDown();
    const principal = isHealthMethod(call.method) ? undefined : await identify(call, authenticate, logger);
    const context = callContext(call);
    if (context && principal) setCallContext(call.metadata, { ...context, principal });
    // It may have left while its credentials were looked at.
    return isGone() ? () => {} : counts.enter(principal?.id ?? call.address);
  }

  return ({ path }, call) => {
    let gone = false;
    let leave = () => {};
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, admit) => {
            enter(incomingCall(path, metadata, call), () => gone).then(
              (left) => {
                leave = left;
                if (gone) leave();
                else admit(metadata);
              },
              (error: unknown) => refuse(call, error),
            );
          },
          onCancel: () => {
            gone = true;
            leave();
          },
        }),
    });
  };
}

function refuse(call: InterceptedCall, error: unknown): void {
  const { code, details, metadata = new Metadata() } = statusOf(error, 0);
  call.sendStatus({ code, details, metadata });
}

function shuttingDown(): StreamError {
  return new StreamError('server.draining', 'the server is shutting down', {
    status: 'UNAVAILABLE',
    phase: 'shutdown',
    retryAfterMs: 1000,
  });
}
