import { onAbort } from '../../waits/index.js';
import { type StopCause, StreamStopped } from '../status/stream-stopped.js';
import { nextTurn } from './next-turn.js';

/** The part of a grpc-js server call that tells when the client no longer wants the stream. */
export interface CancellableCall {
  readonly cancelled: boolean;
  getDeadline?(): Date | number;
  on(event: 'cancelled', listener: () => void): unknown;
  removeListener(event: 'cancelled', listener: () => void): unknown;
}

/** What a stream waits for. The wait for its own turn, while other streams have theirs, is not a stall. */
export type Awaited = 'database' | 'consumer' | 'turn';

/** Everything that can stop a stream, as one signal. */
export interface StreamLife {
  /** Aborted with a {@link StreamStopped}. */
  readonly signal: AbortSignal;
  /** Restarts the yield timeout after progress. The argument is what the stream waits for next; by default, the same as before. */
  moved(next?: Awaited): void;
  /** Waits for the stream's turn, or until it is stopped. */
  turn(): Promise<void>;
  /** Checks for cancellation, for calls that do not emit an event. @throws StreamStopped */
  check(): void;
  /** Removes every listener and timer. */
  close(): void;
}

export interface StreamLifeOptions {
  readonly call?: CancellableCall | undefined;
  /** The caller's own way to cancel. */
  readonly signal?: AbortSignal | undefined;
  readonly shutdown?: AbortSignal | undefined;
  /** Whose stream it is: clients share the server's time, however many streams they have. */
  readonly client?: string | undefined;
  readonly yieldTimeoutMs: number;
}

/** setTimeout takes at most 2^31 - 1 ms; a later deadline does not end a stream. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Starts to watch a stream. The caller must close it. */
export function openStreamLife({ call, signal, shutdown, client, yieldTimeoutMs }: StreamLifeOptions): StreamLife {
  const controller = new AbortController();
  // A stream asks at every interval whether it was stopped. A variable tells it: Node 20 gives each AbortSignal a map of its own, so that V8
  // compiled the loop over the rows anew for each of the first streams.
  let stopped: StreamStopped | undefined;
  const turns = new Set<() => void>();
  const stop = (cause: StopCause) => {
    if (stopped) return;
    stopped = new StreamStopped(cause);
    controller.abort(stopped);
    for (const endTurn of turns) endTurn();
  };
  const onCancelled = () => stop(isTimeUp(call) ? 'deadline' : 'cancelled');
  const onShutdown = () => stop('shutdown');

  let awaited: Awaited = 'database';
  const watchdog = setTimeout(() => {
    if (awaited === 'turn') watchdog.refresh();
    else stop(awaited === 'database' ? 'database-stalled' : 'consumer-stalled');
  }, yieldTimeoutMs);
  const deadline = deadlineTimer(call, () => stop('deadline'));
  call?.on('cancelled', onCancelled);
  const removeListeners = [onAbort(signal, onCancelled), onAbort(shutdown, onShutdown)];
  if (signal?.aborted) onCancelled();
  if (shutdown?.aborted) onShutdown();

  return {
    signal: controller.signal,
    moved(next) {
      if (next) awaited = next;
      watchdog.refresh();
    },
    turn: () => (stopped ? Promise.resolve() : nextTurn({ waits: turns, client })),
    check() {
      if (call?.cancelled) onCancelled();
      if (stopped) throw stopped;
    },
    close() {
      clearTimeout(watchdog);
      clearTimeout(deadline);
      call?.removeListener('cancelled', onCancelled);
      for (const removeListener of removeListeners) removeListener();
    },
  };
}

/**
 * A client whose deadline passes cancels the call, a little before the server's timer: its clock started earlier, by the time that the
 * request took.
 */
const DEADLINE_TOLERANCE_MS = 50;

function isTimeUp(call: CancellableCall | undefined): boolean {
  const deadline = call?.getDeadline?.();
  return deadline !== undefined && Date.now() >= Number(deadline) - DEADLINE_TOLERANCE_MS;
}

/** grpc-js also has a timer, but its status waits for the data that is queued. */
function deadlineTimer(call: CancellableCall | undefined, onDeadline: () => void): NodeJS.Timeout | undefined {
  const deadline = call?.getDeadline?.();
  if (deadline === undefined) return undefined;
  const left = Number(deadline) - Date.now();
  return left < LONGEST_TIMER_MS ? setTimeout(onDeadline, Math.max(0, left)) : undefined;
}
