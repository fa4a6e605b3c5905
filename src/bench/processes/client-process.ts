/** The clients' process: reads streams from a server and reports its figures. */

import type { BenchLoad } from '../../results/index.js';
import { clientPool } from '../client/raw-client.js';
import { leaveAfter, readSample } from '../client/read-load.js';
import { yardstickMicros } from '../client/yardstick.js';
import { type ClientShare, clientOperations } from './protocol.js';
import { handle, serveParent } from './serve-parent.js';

const pool = clientPool();

/** The load, with as many clients as are this process's. */
function ownLoad(load: BenchLoad, { index, of }: ClientShare): BenchLoad {
  return { ...load, clients: Math.ceil((load.clients - index) / of) };
}

serveParent(
  [
    handle(clientOperations.connect, async ({ server, setting, share }) => {
      await pool.to(server, ownLoad(setting.load, share));
    }),
    handle(clientOperations.read, async ({ server, setting, share, limit, readings, leastMs }) => {
      const clients = await pool.to(server, ownLoad(setting.load, share));
      const own = { ...setting, load: ownLoad(setting.load, share) };
      return readSample(clients, own, { limit, share, readings, leastMs });
    }),
    handle(clientOperations.yardstick, yardstickMicros),
    handle(clientOperations.leave, async ({ server, setting, afterRows }) => {
      const [client] = await pool.to(server, setting.load);
      return leaveAfter(client, setting, afterRows);
    }),
  ],
  async () => pool.close(),
);
