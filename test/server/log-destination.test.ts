import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { droppingDestination } from '../../src/server/telemetry/logs.js';

it('drops lines that are not read, beyond a limit, and says how many', () => {
  const read: string[] = [];
  let readOn = () => {};
  const pipe = new Writable({
    write(chunk, _, taken) {
      read.push(String(chunk));
      readOn = taken;
    },
  });
  const log = droppingDestination(pipe, 1000);
  for (let count = 1; count <= 100; count++) log.write(`${count}`.padEnd(99, '.').concat('\n'));
  expect(pipe.writableLength).toBe(1100);
  while (pipe.writableLength > 0) readOn();
  expect(read).toHaveLength(11);
  log.write('the next\n');
  readOn();
  expect(JSON.parse(read[11] ?? '')).toMatchObject({ level: 40, lines: 89 });
  expect(read[12]).toBe('the next\n');
});
