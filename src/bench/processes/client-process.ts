/** The clients' process: reads streams from a server and reports its figures. */

import { clientPool } from '../client/raw-client.js';
import { leaveAfter, readLoad } from '../client/read-load.js';
import { clientOperations } from './protocol.js';
import { collectGarbage, handle, serveParent } from './serve-parent.js';

const pool = clientPool();

serveParent(
  [
    handle(clientOperations.read, async ({ server, setting, limit }) => {
      const clients = await pool.to(server, setting.load);
      collectGarbage();
      return readLoad(clients, setting, limit);
    }),
    handle(clientOperations.leave, async ({ server, setting, afterRows }) => {
      const [client] = await pool.to(server, setting.load);
      return leaveAfter(client, setting, afterRows);
    }),
  ],
  async () => pool.close(),
);
