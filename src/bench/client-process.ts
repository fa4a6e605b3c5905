/** The clients' process: reads streams from a server and says what it saw. */
import { collectGarbage } from './collect-garbage.js';
import { connections } from './connections.js';
import { leaveStream, readStreams } from './protocol.js';
import { leaveAfter, readLoad } from './read-load.js';
import { answerCpu, handle, serveParent } from './serve-parent.js';

const open = connections();

serveParent(
  [
    handle(readStreams, async ({ server, setting, limit }) => {
      const clients = await open.to(server, setting.load);
      collectGarbage();
      return readLoad(clients, setting, limit);
    }),
    handle(leaveStream, async ({ server, setting, afterRows }) => {
      const [client] = await open.to(server, setting.load);
      return leaveAfter(client, setting, afterRows);
    }),
    answerCpu,
  ],
  async () => open.close(),
);
