import { expect, it } from 'vitest';
import { openChannel } from '../../src/client/index.js';
import { countItems, serverWith } from '../support/item-server.js';
import { waitFor } from '../support/wait-for.js';

it('spreads the calls of a balancing client over all servers, and over the remaining ones when one ends', async () => {
  const [first, second] = [await serverWith(), await serverWith()];
  const address = `ipv4:${first.server.address},${second.server.address}`;
  const client = openChannel(address, { balance: true });
  // Connections come one after the other.
  await waitFor('both', () => {
    void countItems(client);
    return first.calls.length > 0 && second.calls.length > 0;
  });
  const before = [first.calls.length, second.calls.length];
  const codes = await Promise.all(Array.from({ length: 20 }, async () => (await countItems(client)).code));
  expect(new Set(codes)).toEqual(new Set(['OK']));
  expect(first.calls.length - (before[0] ?? 0)).toBeGreaterThanOrEqual(8);
  expect(second.calls.length - (before[1] ?? 0)).toBeGreaterThanOrEqual(8);
  await first.server.stop(10);
  for (let call = 0; call < 5; call++) expect((await countItems(client)).code).toBe('OK');
  client.close();
});
