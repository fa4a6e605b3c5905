import { afterEach, expect, it } from 'vitest';
import { waitForConnection } from '../../src/client/channel.js';
import { openChannel } from '../../src/client/index.js';
import { freePort } from '../support/free-port.js';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

it('waits for an attempt to connect, for the deadline or for the signal, whichever comes first', async () => {
  const channel = openChannel(`127.0.0.1:${await freePort()}`);
  opened.push(() => channel.close());
  const leaving = new AbortController();
  const ended: string[] = [];
  const waits = [
    waitForConnection(channel, undefined, undefined).then(() => ended.push('a try')),
    waitForConnection(channel, new Date(Date.now() + 100), undefined).then(() => ended.push('the deadline')),
    waitForConnection(channel, undefined, leaving.signal).then(() => ended.push('the signal')),
  ];
  leaving.abort();
  await Promise.all(waits);
  expect(ended).toEqual(['the signal', 'the deadline', 'a try']);
});
