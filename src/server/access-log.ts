import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, type status as Status } from '@grpc/grpc-js';
import { callContext, type StreamLogger, setCallContext, statusAtEnd } from '../runtime/index.js';
import { isHealthMethod } from './health/health.js';
import { isOfFlood } from './limits/gate-calls.js';

const HEADER = 'x-request-id';

/** What a request id of somebody else's may be: it is written to the log. */
const SANE_ID = /^[\w.:/+=-]{1,128}$/;

/**
 * Gives every call an id, the caller's own where it is sane, and tells the log how the call ended. Metadata is never logged: it
 * carries credentials.
 *
 * @param logger None logs nothing.
 */
export function accessLog(logger: StreamLogger | undefined): ServerInterceptor {
  return ({ path }, call) => {
    const startedMs = performance.now();
    let ended = () => {};
    let code: Status | undefined;
    let requestId = '';
    let headersSent = false;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            requestId = requestIdOf(metadata);
            setCallContext(metadata, { requestId, peer: call.getPeer() });
            // In the context in which the call came in: a line of the log says to which trace it belongs.
            ended = AsyncResource.bind(() => {
              if (logger) log(logger, path, metadata, { status: statusAtEnd(call, code), startedMs });
            });
            pass(metadata);
          },
          // The end of every call, however it ended.
          onCancel: () => ended(),
        }),
      sendMetadata: (metadata, pass) => {
        headersSent = true;
        metadata.set(HEADER, requestId);
        pass(metadata);
      },
      sendStatus: (status, pass) => {
        code ??= status.code;
        // What was refused has trailers only.
        if (!headersSent) status.metadata?.set(HEADER, requestId);
        pass(status);
      },
    });
  };
}

function requestIdOf(metadata: Metadata): string {
  const given = metadata.get(HEADER)[0];
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}

interface Ending {
  readonly status: string;
  readonly startedMs: number;
}

function log(logger: StreamLogger, path: string, metadata: Metadata, { status, startedMs }: Ending): void {
  const { requestId, peer, principal } = callContext({ metadata }) ?? {};
  const method = path.slice(1);
  const durationMs = Math.round((performance.now() - startedMs) * 10) / 10;
  const facts = {
    requestId,
    peer,
    ...(principal?.id === undefined ? {} : { principal: principal.id }),
    method,
    status,
    durationMs,
  };
  logger[isOfFlood(metadata) ? 'debug' : levelOf(method, status)](facts, 'call ended');
}

/** Probes come every few seconds; what failed by our fault is worth a look. */
function levelOf(method: string, status: string): 'debug' | 'info' | 'warn' {
  if (isHealthMethod(method)) return 'debug';
  return ['INTERNAL', 'UNKNOWN', 'DATA_LOSS'].includes(status) ? 'warn' : 'info';
}
