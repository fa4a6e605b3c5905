import type { Socket } from 'node:net';

/** What comes out of a socket, and is due at its other end at a time. */
interface UnderWay {
  readonly dueAt: number;
  readonly what: Buffer | 'end' | 'close';
}

/**
 * Passes a socket's bytes on to another, each so many milliseconds after it came: distance, as loopback has none. The wire
 * that is imagined is as wide as the machine, so that only the delay is felt; a receiver that does not read is felt by
 * the sender, as it would be. An end and a close travel behind the bytes before them, so both sockets must allow to be half
 * open.
 */
export function delayBytes(from: Socket, to: Socket, delayMs: number): void {
  const underWay: UnderWay[] = [];
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
    while (underWay[0] && underWay[0].dueAt <= performance.now()) {
      const { what } = underWay.shift() ?? {};
      if (what === 'end') to.end();
      else if (what === 'close') to.destroySoon();
      else if (what !== undefined && !to.write(what)) hold();
    }
    next();
  };
  const next = () => {
    const [first] = underWay;
    if (first && timer === undefined) timer = setTimeout(deliver, Math.max(0, first.dueAt - performance.now()));
  };
  const arrived = (what: UnderWay['what']) => {
    if (to.closed) return;
    underWay.push({ dueAt: performance.now() + delayMs, what });
    next();
  };
  from.on('data', arrived);
  from.once('end', () => arrived('end'));
  from.once('close', () => arrived('close'));
  /** What is still sent to one who is gone is read and dropped, so that the sender's own end is seen. */
  to.once('close', () => {
    clearTimeout(timer);
    underWay.length = 0;
    from.resume();
  });
}
