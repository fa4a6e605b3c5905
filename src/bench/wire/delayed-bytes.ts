import type { Socket } from 'node:net';

/** What came out of a socket, and when it is due at the other end. */
interface InTransit {
  readonly dueAt: number;
  readonly what: Buffer | 'end' | 'close';
}

/**
 * Passes a socket's bytes on to another, each so many milliseconds after it came: the distance that loopback lacks. The
 * imagined wire is as wide as the machine, so that only the delay shows; a receiver that does not read holds the sender
 * back, as it would over a real distance. An end and a close travel behind the bytes before them, so both sockets must
 * allow to be half open.
 */
export function delayBytes(from: Socket, to: Socket, delayMs: number): void {
  const inTransit: InTransit[] = [];
  let timer: NodeJS.Timeout | undefined;
  let held = false;
  const hold = () => {
    if (held) return;
    held = true;
    from.pause();
    to.once('drain', () => {
      held = false;
      from.resume();
    });
  };
  const deliver = () => {
    timer = undefined;
    while (inTransit[0] && inTransit[0].dueAt <= performance.now()) {
      const { what } = inTransit.shift() ?? {};
      if (what === 'end') to.end();
      else if (what === 'close') to.destroySoon();
      else if (what !== undefined && !to.write(what)) hold();
    }
    next();
  };
  const next = () => {
    const [first] = inTransit;
    if (first && timer === undefined) timer = setTimeout(deliver, Math.max(0, first.dueAt - performance.now()));
  };
  const arrived = (what: InTransit['what']) => {
    if (to.closed) return;
    inTransit.push({ dueAt: performance.now() + delayMs, what });
    next();
  };
  from.on('data', arrived);
  from.once('end', () => arrived('end'));
  from.once('close', () => arrived('close'));
  /** Bytes for a receiver that is gone are read and dropped, so that the sender's own end is seen. */
  to.once('close', () => {
    clearTimeout(timer);
    inTransit.length = 0;
    from.resume();
  });
}
