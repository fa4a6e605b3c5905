/** The client's process: reads streams from the server and says what it saw. */
import { BenchError } from '../errors/index.js';
import { collectGarbage } from './collect-garbage.js';
import { connect, leaveStream, readStream } from './protocol.js';
import { openRawClient, type RawClient } from './raw-client.js';
import { handle, serveParent } from './serve-parent.js';

let client: RawClient | undefined;

function connectedClient(): RawClient {
  if (!client) throw new BenchError('bench.protocol', 'the client has not been told where the server is');
  return client;
}

serveParent(
  [
    handle(connect, async ({ address, methods }) => {
      client?.close();
      client = await openRawClient(address, methods);
    }),
    handle(readStream, ({ setting, limit }) => {
      collectGarbage();
      return connectedClient().read(setting, limit);
    }),
    handle(leaveStream, ({ setting, afterRows }) => connectedClient().leave(setting, afterRows)),
  ],
  async () => client?.close(),
);
