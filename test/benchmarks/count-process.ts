/** The process of the counting client: counts the streams that it is asked for, one after another. */
import { sum } from 'simple-statistics';
import type { Repetition } from '../../src/bench/executor.js';
import type { CountOrder } from './counting-client.js';
import { CountingConnection, type CountRequest, type StreamCount } from './frame-counter.js';

const connections = new Map<string, CountingConnection>();

process.on('message', ({ port, windowBytes, request, readings, leastMs, ...order }: CountOrder) => {
  const place = `${port} ${windowBytes}`;
  const open = connections.get(place);
  const connection = open && !open.isClosed ? open : new CountingConnection(port, windowBytes);
  connections.set(place, connection);
  countInTurn(connection, { ...order, request: Buffer.from(request) }, { readings, leastMs }).then(
    (counts) => process.send?.({ counts }),
    (error: unknown) => {
      connections.delete(place);
      process.send?.({ failure: String(error) });
    },
  );
});

async function countInTurn(
  connection: CountingConnection,
  request: CountRequest,
  { readings, leastMs }: Required<Repetition>,
) {
  const counts: StreamCount[] = [await connection.count(request)];
  while (counts.length < readings || sum(counts.map(({ ms }) => ms)) < leastMs) {
    await connection.ping();
    counts.push(await connection.count(request));
  }
  return counts;
}

process.on('disconnect', () => process.exit());
