import type { Socket } from 'node:net';

/**
 * Passes a socket's bytes on to another, each so many milliseconds after it came: distance, as loopback has none. The wire
 * that is imagined is as wide as the machine, so that only the delay is felt; a receiver that does not read is felt by
 * the sender, as it would be.
 */
export function delayBytes(from: Socket, to: Socket, delayMs: number): void {
  const underWay: { readonly dueAt: number; readonly bytes: Buffer | null }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let held = false;
  const deliver = () => {
    timer = undefined;
    const now = performance.now();
    let room = true;
    while (underWay[0] && underWay[0].dueAt <= now) {
      const { bytes } = underWay.shift() ?? { bytes: null };
      if (bytes === null) to.end();
      else room = to.write(bytes) && room;
    }
    if (!room) waitForRoom();
    next();
  };
  const next = () => {
    const [first] = underWay;
    if (first && timer === undefined) timer = setTimeout(deliver, Math.max(0, first.dueAt - performance.now()));
  };
  const waitForRoom = () => {
    if (held) return;
    held = true;
    from.pause();
    to.once('drain', () => {
      held = false;
      from.resume();
    });
  };
  const arrived = (bytes: Buffer | null) => {
    underWay.push({ dueAt: performance.now() + delayMs, bytes });
    next();
  };
  from.on('data', arrived);
  from.once('end', () => arrived(null));
  from.once('close', () => to.destroySoon());
  to.once('close', () => {
    clearTimeout(timer);
    from.destroy();
  });
}
