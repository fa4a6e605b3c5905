/**
 * What hostile clients, a busy writer and clients that leave cost everybody else: `npm run test:hostile -- [--rows 100000] [--seconds 5]
 * [--only scan,…]`. A server of its own on SQLite, one attack after the other from a process of its own; meanwhile another client
 * reads the table again and again, and health is asked every 20 ms. Prints a table, and fails when somebody else felt too much.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ATTACKS, type AttackName } from './attacks.js';
import { type Felt, openStage } from './stage.js';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});
const asked = flags.only?.split(',');
const names = (Object.keys(ATTACKS) as AttackName[]).filter((name) => asked?.includes(name) ?? true);
const stage = await openStage(Number(flags.rows));
try {
  const seconds = Number(flags.seconds);
  // The first pass warms the server.
  await stage.undisturbed(2);
  const calm = await stage.undisturbed(seconds);
  const rows: (readonly [what: string, felt: Felt])[] = [['nothing', calm]];
  for (const name of names) {
    process.stderr.write(`${name}…\n`);
    rows.push([ATTACKS[name].what, await stage.during(name, seconds)]);
  }
  print(tableOf(rows, calm));
  const left = await stage.slotsLeft();
  print(`afterwards ${left.served} of ${left.asked} streams at a time were served, and health was ${left.health}`);
  const worst = rows.filter(([, felt]) => felt.rowsPerSecond < calm.rowsPerSecond / 2 || felt.healthP99Ms > 250);
  for (const [what] of worst) process.stderr.write(`others felt too much of: ${what}\n`);
  process.exitCode = worst.length > 0 || left.served < left.asked || left.health !== 'SERVING' ? 1 : 0;
} finally {
  await stage.close();
}

function tableOf(rows: readonly (readonly [what: string, felt: Felt])[], calm: Felt): string {
  const table = new Table({
    head: [
      'attack',
      'others rows/s',
      'share',
      'health p99 ms',
      'worst ms',
      'MB before',
      'peak',
      'after',
      'what it got',
    ],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
  });
  for (const [what, felt] of rows) {
    const share = felt.rowsPerSecond / calm.rowsPerSecond;
    const megabytes = [felt.bytesBefore, felt.bytesPeak, felt.bytesAfter].map((bytes) => (bytes / 1e6).toFixed(0));
    table.push([
      what,
      `${(felt.rowsPerSecond / 1000).toFixed(1)}k`,
      share.toFixed(2),
      felt.healthP99Ms.toFixed(0),
      felt.healthWorstMs.toFixed(0),
      ...megabytes,
      felt.got,
    ]);
  }
  return table.toString();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
