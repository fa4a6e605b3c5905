import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, type status as Status } from '@grpc/grpc-js';
import { callContext, type StreamLogger, setCallContext, statusAtEnd } from '../../runtime/index.js';
import { closeUnread, neverBlock } from '../../runtime/internals/standard-error.js';
import { inTime } from '../../waits/index.js';
import { isHealthMethod } from '../health.js';
import { isOverRate } from '../limits/calls.js';
import { loadPinoPretty } from './optional-peers.js';

const REQUEST_ID_HEADER = 'x-request-id';

/** The form of a client's request id, which is written to the log. */
const VALID_REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/**
 * Gives each call a request id, the client's own where that is valid, and logs how the call ended. Metadata is never logged: it carries
 * credentials.
 *
 * @param logger Undefined logs nothing.
 */
export function accessLog(logger: StreamLogger | undefined): ServerInterceptor {
  return ({ path }, call) => {
    const startedMs = performance.now();
    let logEnd = () => {};
    let code: Status | undefined;
    let requestId = '';
    let headersSent = false;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            requestId = requestIdOf(metadata);
            setCallContext(metadata, { requestId, peer: call.getPeer() });
            // In the context of the call, so that the line names its trace.
            logEnd = AsyncResource.bind(() => {
              if (logger) logCall(logger, path, metadata, { status: statusAtEnd(call, code), startedMs });
            });
            pass(metadata);
          },
          // Called at the end of every call, however it ended.
          onCancel: () => logEnd(),
        }),
      sendMetadata: (metadata, pass) => {
        headersSent = true;
        metadata.set(REQUEST_ID_HEADER, requestId);
        pass(metadata);
      },
      sendStatus: (status, pass) => {
        code ??= status.code;
        // A refused call has trailers only.
        if (!headersSent) status.metadata?.set(REQUEST_ID_HEADER, requestId);
        pass(status);
      },
    });
  };
}

function requestIdOf(metadata: Metadata): string {
  const given = metadata.get(REQUEST_ID_HEADER)[0];
  return typeof given === 'string' && VALID_REQUEST_ID.test(given) ? given : randomUUID();
}

interface CallEnd {
  readonly status: string;
  readonly startedMs: number;
}

function logCall(logger: StreamLogger, path: string, metadata: Metadata, { status, startedMs }: CallEnd): void {
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
  logger[isOverRate(metadata) ? 'debug' : levelOf(method, status)](facts, 'call ended');
}

/** Health checks come every few seconds: they are debug lines. Statuses that only the server can cause are warnings. */
function levelOf(method: string, status: string): 'debug' | 'info' | 'warn' {
  if (isHealthMethod(method)) return 'debug';
  return ['INTERNAL', 'UNKNOWN', 'DATA_LOSS'].includes(status) ? 'warn' : 'info';
}

/** Where lines of the log are written. */
export interface LogDestination {
  write(line: string): void;
  /** Waits until the lines are read, but not for long. */
  close(): Promise<void>;
}

/** What a line for people has no room for: JSON has it. */
const DETAILS =
  'pid,hostname,name,times,peakQueuedBytes,queries,rowsRead,messages,bytes,rows,rowsPerSecond,averageLatencySeconds,firstRowMs,valuesLeftOut,requestId';

/** A readable line for each event on a terminal, where `pino-pretty` is installed; JSON with every figure everywhere else. */
export async function logDestination(): Promise<LogDestination> {
  const pretty = process.stderr.isTTY ? await loadPinoPretty() : undefined;
  if (!pretty) return droppingDestination(process.stderr);
  const terminal = pretty({ destination: process.stderr.fd, sync: true, singleLine: true, ignore: DETAILS });
  return { write: (line) => void terminal.write(line), close: async () => {} };
}

/** A reader that is there reads the rest in this time. */
const LAST_LINES_MS = 1000;

/** Some ten thousand lines. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Lines that a slow reader has not read wait in memory, and hold nobody up. Beyond a limit, lines are dropped and counted. */
export function droppingDestination(
  stream: Pick<Writable, 'write' | 'writableLength' | 'once'>,
  maxWaitingBytes = MAX_WAITING_BYTES,
): LogDestination {
  let dropped = 0;
  return {
    write(line) {
      if (stream.writableLength > maxWaitingBytes) {
        dropped++;
        return;
      }
      neverBlock(stream);
      if (dropped > 0) stream.write(droppedLine(dropped));
      dropped = 0;
      // As bytes: a concatenated string takes several times the memory.
      stream.write(Buffer.from(line));
    },
    async close() {
      if (stream.writableLength === 0) return;
      const written = new Promise<void>((resolve) => stream.write('', () => resolve()));
      if (await inTime(written, LAST_LINES_MS)) return;
      stream.once('error', () => {});
      closeUnread(stream);
    },
  };
}

/** A warning, as pino writes it. */
function droppedLine(lines: number): string {
  const fields = { level: 40, time: Date.now(), pid: process.pid, name: 'grpc-stream.log', lines };
  return `${JSON.stringify({ ...fields, msg: 'lines were dropped: the log is not read as fast as it is written' })}\n`;
}
