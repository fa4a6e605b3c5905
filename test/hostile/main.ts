/**
 * What hostile clients, a busy writer and clients that leave cost everybody else: `npm run test:hostile -- [--rows 100000] [--seconds 5]
 * [--rest 60] [--only scan,…]`. A server of its own on SQLite, one attack after the other from a process of its own; meanwhile another
 * client reads the table again and again, and health is asked every 20 ms. Prints a table, and fails when somebody else felt too much.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ATTACKS, type AttackName } from './attacks.js';
import { type Felt, openStage } from './stage.js';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '5' },
    rest: { type: 'string', default: '60' },
    only: { type: 'string' },
  },
});

/** What others may feel. One long query on SQLite, which holds no other, may be felt least. */
const MOST_HEALTH_MS = 250;
const MOST_HEALTH_MS_OF_ONE = 100;
const LEAST_SHARE = 0.5;
/** Half of the half of the time in which the writer does not hold the file. */
const LEAST_SHARE_BESIDE_WRITER = 0.25;
const MOST_CORES_AFTER = 0.1;
const MOST_BYTES_LEFT = 20e6;

const asked = flags.only?.split(',');
const names = (Object.keys(ATTACKS) as AttackName[]).filter((name) => asked?.includes(name) ?? true);
const stage = await openStage(Number(flags.rows));
try {
  const seconds = Number(flags.seconds);
  // The first pass warms the server.
  await stage.undisturbed(seconds);
  const calm = await stage.undisturbed(seconds);
  const inUseBefore = await stage.bytesInUse();
  const rows: (readonly [what: string, felt: Felt])[] = [['nothing', calm]];
  const problems: string[] = [];
  for (const name of names) {
    process.stderr.write(`${name}…\n`);
    const felt = await stage.during(name, seconds);
    rows.push([ATTACKS[name].what, felt]);
    problems.push(...tooMuch(name, felt, calm).map((text) => `${ATTACKS[name].what}: ${text}`));
  }
  print(tableOf(rows, calm));
  const { taken, health } = await stage.slots();
  print(`afterwards health was ${health}, and ${taken || 'no slot'} was still taken`);
  if (taken) problems.push(`still taken: ${taken}`);
  if (health !== 'SERVING') problems.push(`health is ${health}`);
  await delay(Number(flags.rest) * 1000);
  // As before the first attack: after a client has read for a while, so that garbage has been collected.
  const kept = (await stage.undisturbed(seconds)).bytesAfter - calm.bytesAfter;
  print(`${flags.rest} s later the server had ${megabytes(kept)} MB more than before the first attack`);
  const inUse = await stage.bytesInUse();
  const left = inUse === undefined ? kept : inUse - (inUseBefore ?? 0);
  print(
    inUse === undefined
      ? 'gdb is missing: that includes what the C library keeps of freed memory'
      : `${megabytes(left)} MB more without what the C library keeps of freed memory`,
  );
  if (calm.healthP99Ms > MOST_HEALTH_MS_OF_ONE / 2)
    print('the machine was busy before the first attack: judge again on a quiet one');
  if (left > MOST_BYTES_LEFT) problems.push(`${megabytes(left)} MB of memory are left`);
  for (const problem of problems) process.stderr.write(`too much: ${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  await stage.close();
}

function tooMuch(name: AttackName, felt: Felt, calm: Felt): string[] {
  const mostHealthMs = name === 'scan' ? MOST_HEALTH_MS_OF_ONE : MOST_HEALTH_MS;
  const leastShare = name === 'writer' ? LEAST_SHARE_BESIDE_WRITER : LEAST_SHARE;
  return [
    ...(felt.rowsPerSecond < calm.rowsPerSecond * leastShare ? ['the other client got too few rows'] : []),
    ...(felt.healthP99Ms > mostHealthMs ? [`health took ${felt.healthP99Ms.toFixed(0)} ms`] : []),
    ...(felt.coresAfter > MOST_CORES_AFTER ? [`${felt.coresAfter.toFixed(2)} cores were busy a second later`] : []),
  ];
}

function tableOf(rows: readonly (readonly [what: string, felt: Felt])[], calm: Felt): string {
  const table = new Table({
    head: [
      'attack',
      'others rows/s',
      'share',
      'health p99 ms',
      'worst ms',
      'cores',
      'after',
      'MB before',
      'peak',
      'after',
      'what it got',
    ],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
  });
  for (const [what, felt] of rows) {
    const share = felt.rowsPerSecond / calm.rowsPerSecond;
    table.push([
      what,
      `${(felt.rowsPerSecond / 1000).toFixed(1)}k`,
      share.toFixed(2),
      felt.healthP99Ms.toFixed(0),
      felt.healthWorstMs.toFixed(0),
      felt.cores.toFixed(2),
      felt.coresAfter.toFixed(2),
      ...[felt.bytesBefore, felt.bytesPeak, felt.bytesAfter].map(megabytes),
      felt.got,
    ]);
  }
  return table.toString();
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
