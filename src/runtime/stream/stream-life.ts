import { onAbort } from '../../waits/index.js';
import { type StopCause, StreamStopped } from '../status/stream-stopped.js';

/** The part of a grpc-js server call that says when nobody wants the stream any more. */
export interface CancellableCall {
  readonly cancelled: boolean;
  getDeadline?(): Date | number;
  on(event: 'cancelled', listener: () => void): unknown;
  removeListener(event: 'cancelled', listener: () => void): unknown;
}

/** Whom a stream is waiting for. Its own turn, while other streams have theirs, is nobody's stall. */
export type Awaited = 'database' | 'consumer' | 'turn';

/** Everything that can stop a stream, as one signal. */
export interface StreamLife {
  /** Aborted with a {@link StreamStopped}. */
  readonly signal: AbortSignal;
  /** Something moved: the yield timeout starts anew, against whoever is waited for next. Default: whoever was. */
  moved(next?: Awaited): void;
  /** Looks at cancellation by itself, for calls that announce it only when asked. @throws StreamStopped */
  check(): void;
  /** Removes every listener and timer. */
  close(): void;
}

export interface StreamLifeOptions {
  readonly call?: CancellableCall | undefined;
  /** The caller's own way to cancel. */
  readonly signal?: AbortSignal | undefined;
  readonly shutdown?: AbortSignal | undefined;
  readonly yieldTimeoutMs: number;
}

/** setTimeout takes at most 2^31 - 1 ms; a deadline further away is none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Starts to watch a stream. Whoever opens it closes it. */
export function openStreamLife({ call, signal, shutdown, yieldTimeoutMs }: StreamLifeOptions): StreamLife {
  const controller = new AbortController();
  const stop = (cause: StopCause) => {
    if (!controller.signal.aborted) controller.abort(new StreamStopped(cause));
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
    check() {
      if (call?.cancelled) onCancelled();
      controller.signal.throwIfAborted();
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
 * A client whose time is up cancels by itself, a little before the server's own timer: its clock started earlier, by the time that
 * the request took.
 */
const DEADLINE_TOLERANCE_MS = 50;

function isTimeUp(call: CancellableCall | undefined): boolean {
  const deadline = call?.getDeadline?.();
  return deadline !== undefined && Date.now() >= Number(deadline) - DEADLINE_TOLERANCE_MS;
}

/** grpc-js has a timer too, but its status waits behind the data that is queued. */
function deadlineTimer(call: CancellableCall | undefined, onDeadline: () => void): NodeJS.Timeout | undefined {
  const deadline = call?.getDeadline?.();
  if (deadline === undefined) return undefined;
  const left = Number(deadline) - Date.now();
  return left < LONGEST_TIMER_MS ? setTimeout(onDeadline, Math.max(0, left)) : undefined;
}
