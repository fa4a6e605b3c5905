/** The process of the counting client: counts the streams that it is asked for, one after another. */
import type { CountOrder } from './counting-client.js';
import { CountingConnection } from './frame-counter.js';

const connections = new Map<string, CountingConnection>();

process.on('message', ({ port, windowBytes, request, ...order }: CountOrder) => {
  const place = `${port} ${windowBytes}`;
  const open = connections.get(place);
  const connection = open && !open.isClosed ? open : new CountingConnection(port, windowBytes);
  connections.set(place, connection);
  connection.count({ ...order, request: Buffer.from(request) }).then(
    (count) => process.send?.(count),
    (error: unknown) => {
      connections.delete(place);
      process.send?.({ failure: String(error) });
    },
  );
});
process.on('disconnect', () => process.exit());
