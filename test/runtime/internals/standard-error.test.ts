import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { closeUnread, neverBlock, pipeInternals } from '../../../src/runtime/internals/standard-error.js';

/** One end of a connection, which has the handle that a pipe has. */
async function openPipe(): Promise<Socket> {
  const server = createServer((other) => other.pause()).listen(0);
  await once(server, 'listening');
  const address = server.address();
  const pipe = connect(typeof address === 'object' && address ? address.port : 0);
  onTestFinished(() => {
    pipe.destroy();
    server.close();
  });
  await once(pipe, 'connect');
  return pipe;
}

it('the installed Node has the handle of a pipe', async () => {
  expect(pipeInternals(await openPipe()).works).toBe(true);
});

it('closes a pipe with what waits in it', async () => {
  const pipe = await openPipe();
  neverBlock(pipe);
  const failed = once(pipe, 'error');
  while (pipe.write(Buffer.alloc(1024 * 1024)));
  closeUnread(pipe);
  expect((await failed)[0]).toMatchObject({ code: 'ECANCELED' });
});

it('leaves terminals, files and streams of other versions of Node alone', () => {
  const handle = { setBlocking: () => expect.unreachable(), close: () => expect.unreachable() };
  for (const stream of [{ isTTY: true, _handle: handle }, {}, { _handle: {} }]) {
    neverBlock(stream);
    closeUnread(stream);
    expect(pipeInternals(stream).works).toBe(false);
  }
});
