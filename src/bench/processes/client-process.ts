/** The clients' process: reads streams from a server and says what it saw. */

import { connections } from '../client/connections.js';
import { leaveAfter, readLoad } from '../client/read-load.js';
import { collectGarbage } from './collect-garbage.js';
import { leaveStream, readStreams } from './protocol.js';
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
