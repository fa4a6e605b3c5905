import { BenchError, UsageError } from '../../errors/index.js';
import type { BenchSetting } from '../../results/index.js';
import type { ExpectedRows } from '../database/expected-rows.js';
import { describeSetting } from '../scenarios/planned-cell.js';
import type { ServerReading, StreamReading, StreamView } from './executor.js';

/**
 * A fast wrong answer is a failure: every row must have come, in order, byte for byte, to each of the clients.
 *
 * @throws BenchError that names the setting, what came and what should have.
 */
export function verifyReading(setting: BenchSetting, { client, server }: StreamReading, expected: ExpectedRows): void {
  for (const stream of client.streams) verifyStream(setting, stream, expected);
  if (server) verifyServer(setting, server, expected.rows * client.streams.length);
}

function verifyStream(setting: BenchSetting, { rows, checksum }: StreamView, expected: ExpectedRows): void {
  if (setting.load.partitions > 1 && rows > expected.rows) throw partOfTable(expected.rows);
  if (rows !== expected.rows) throw wrong(setting, `${rows} rows arrived, and the table has ${expected.rows}`);
  if (checksum === expected.checksum) return;
  throw wrong(
    setting,
    `the rows' checksum is ${hex(checksum)}, and the table's is ${hex(expected.checksum)}: rows were changed or reordered`,
  );
}

/** A slow consumer leaves before the end, and the server may have sent more than it took. */
function verifyServer(setting: BenchSetting, { status, end, rows }: ServerReading, received: number): void {
  const leaves = setting.load.paceRowsPerSecond !== null;
  if (status !== 'OK' && !(leaves && end === 'cancelled')) {
    throw wrong(setting, `the server ended its stream with ${status} (${end})`);
  }
  if (leaves ? rows < received : rows !== received) {
    throw wrong(setting, `the server counted ${rows} rows sent, and ${received} arrived`);
  }
}

function partOfTable(rows: number): UsageError {
  return new UsageError(
    'bench.part_of_table',
    `partitions are those of the whole table, and only its first ${rows} rows are benched`,
    { nextActions: ['give --rows as many as the table has, or leave the scenario partitions out'] },
  );
}

function wrong(setting: BenchSetting, what: string): BenchError {
  return new BenchError('bench.wrong_rows', `wrong rows at ${describeSetting(setting)}: ${what}`, {
    nextActions: ['make sure that nothing writes to the table while it is measured, then run the bench again'],
  });
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
