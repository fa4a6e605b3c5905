import { BenchError } from '../errors/index.js';
import type { BenchSetting, BenchTable } from '../model/index.js';
import type { StreamReading } from './executor.js';
import { describeSetting } from './plan.js';

/**
 * A fast wrong answer is a failure: every row must have come, in order, byte for byte.
 *
 * @throws BenchError that names the setting, what came and what should have.
 */
export function verifyReading(setting: BenchSetting, { client, server }: StreamReading, table: BenchTable): void {
  if (server.status !== 'OK') {
    throw wrong(setting, `the server ended its stream with ${server.status} (${server.end})`);
  }
  if (client.rows !== table.rows) {
    throw wrong(setting, `${client.rows} rows arrived, and the table has ${table.rows}`);
  }
  if (server.rows !== client.rows) {
    throw wrong(setting, `the server counted ${server.rows} rows sent, and ${client.rows} arrived`);
  }
  if (client.checksum !== table.checksum) {
    throw wrong(
      setting,
      `the rows' checksum is ${hex(client.checksum)}, and the table's is ${hex(table.checksum)}: rows were changed or reordered`,
    );
  }
}

function wrong(setting: BenchSetting, what: string): BenchError {
  return new BenchError('bench.wrong_rows', `wrong rows at ${describeSetting(setting)}: ${what}`, {
    nextActions: ['make sure that nothing writes to the table while it is measured, then run the bench again'],
  });
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
