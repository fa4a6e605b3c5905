/**
 * Whether a server that has streamed for long is as good as a new one: its CPU time a row, its rate and its memory, after some gigabytes, in
 * turns with a new server's. Linux only: CPU time and memory are read from /proc.
 *
 *   npm run bench:endurance                              every line: about half an hour on two cores
 *   npm run bench:endurance -- sqlite rows 16000 4gb     only the lines that have these words, and after so many gigabytes
 *
 * Exits with 10 when an old server's row costs more than a quarter more than a new one's, with its whole interval.
 */
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { median } from 'simple-statistics';
import {
  openProcessExecutor,
  type ProcessExecutor,
  processEntries,
  resolveBenchSettings,
} from '../../src/bench/index.js';
import { medianInterval } from '../../src/bench/statistics/intervals.js';
import { type BenchSetting, plainLoad } from '../../src/results/index.js';
import { startCountingClient } from './counting-client.js';
import { readFrom, type Seen, serverOf, WINDOW_BYTES } from './independent-reading.js';
import { openBooks } from './library-project.js';
import { residentBytes } from './process-figures.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = processEntries(root);
const { signal } = new AbortController();
const counter = startCountingClient(WINDOW_BYTES);

/** Of rows of each size there are as many as make this. */
const TABLE_BYTES = 100e6;
/** So that a stream of small rows does not take a minute. */
const MOST_ROWS = 200_000;
const SIZES = [150, 2000, 16_000, 64_000, 300_000];
/** A chunk has as many rows as make this: 100 of 16 kB. */
const CHUNK_BYTES = 1_600_000;
const MOST_CHUNK_ROWS = 1000;

const DATABASES = ['sqlite', 'postgresql', 'mysql'] as const;
const MODES = ['rows', 'batches'] as const;

/** Enough for V8 to compile what runs once a stream. */
const SHORT_STREAMS = 300;
/** And what runs once a chunk; a small part of what makes a server old. */
const WARM_UP_BYTES = 0.5e9;
/** Rows of 150 bytes take minutes for gigabytes. */
const LONGEST_MS = 60_000;
const TURNS = 9;
const MOST_RATIO = 1.25;

const words = process.argv.slice(2);
const gigabytes = Number(words.find((word) => /^\d+gb$/.test(word))?.replace('gb', '') ?? '8');
const chosen = <Name extends string | number>(names: readonly Name[]) => {
  const named = names.filter((name) => words.includes(`${name}`));
  return named.length === 0 ? names : named;
};

const table = new Table({
  head: ['', 'read before', 'CPU µs/row, new', 'old', 'old ÷ new', 'rate, old ÷ new', 'MB, new', 'old'],
  style: { head: [], border: [] },
});
let worn = 0;

/** Starts a server with a table of its own. V8 compiles it soon, so that a new one is not slower for that alone. */
type Open = () => Promise<ProcessExecutor>;

async function compare(name: string, setting: BenchSetting, rowBytes: number, open: Open): Promise<void> {
  const old = await open();
  const young = await open();
  try {
    for (const server of [old, young]) {
      await readFrom(counter, serverOf(server), setting, { mostRows: 1, readings: SHORT_STREAMS });
      await readRows(server, setting, WARM_UP_BYTES / rowBytes);
    }
    const rows = await readRows(old, setting, (gigabytes * 1e9) / rowBytes);
    const turns: { readonly old: Seen; readonly young: Seen }[] = [];
    while (turns.length < TURNS) turns.push(await takeTurn(old, young, setting, turns.length % 2 === 0));
    addLine(
      name,
      rows * rowBytes,
      turns,
      [young, old].map((server) => residentBytes(serverOf(server).pid) / 1e6),
    );
  } finally {
    await old.close();
    await young.close();
  }
}

/** Reads the table again and again. @returns How many rows were read: these or a few more, or as many as the time allows. */
async function readRows(server: ProcessExecutor, setting: BenchSetting, wantedRows: number): Promise<number> {
  const endsAt = performance.now() + LONGEST_MS;
  let rows = 0;
  while (rows < wantedRows && performance.now() < endsAt)
    rows += (await readFrom(counter, serverOf(server), setting, { leastMs: 1000 })).rows;
  return rows;
}

async function takeTurn(old: ProcessExecutor, young: ProcessExecutor, setting: BenchSetting, oldFirst: boolean) {
  const read = (server: ProcessExecutor) => readFrom(counter, serverOf(server), setting);
  const first = await read(oldFirst ? old : young);
  const second = await read(oldFirst ? young : old);
  return oldFirst ? { old: first, young: second } : { old: second, young: first };
}

function addLine(
  name: string,
  bytes: number,
  turns: readonly { readonly old: Seen; readonly young: Seen }[],
  megabytes: readonly number[],
): void {
  const costs = turns.map(({ old, young }) => old.cpuMicrosPerRow / young.cpuMicrosPerRow);
  const cost = (side: 'old' | 'young') => median(turns.map((turn) => turn[side].cpuMicrosPerRow)).toPrecision(3);
  const [low, high] = medianInterval(costs) ?? [0, 0];
  const isWorn = low > MOST_RATIO;
  if (isWorn) worn += 1;
  const row = [
    name,
    `${(bytes / 1e9).toFixed(1)} GB`,
    cost('young'),
    cost('old'),
    `${median(costs).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})${isWorn ? ' !' : ''}`,
    median(turns.map(({ old, young }) => old.rowsPerSecond / young.rowsPerSecond)).toFixed(2),
    ...megabytes.map((value) => value.toFixed(0)),
  ];
  table.push(row);
  process.stderr.write(`${row.join('  ')}\n`);
}

try {
  for (const database of chosen(DATABASES))
    for (const rowBytes of chosen(SIZES)) {
      const rows = Math.min(MOST_ROWS, Math.round(TABLE_BYTES / rowBytes));
      const chunk = Math.min(MOST_CHUNK_ROWS, Math.max(1, Math.round(CHUNK_BYTES / rowBytes)));
      const { target, end } = await openBooks(database, { rows, rowBytes });
      const ofDemo = target.source === 'demo' ? { rowBytes: `${rowBytes}` } : {};
      const settings = resolveBenchSettings({ ...ofDemo, rows: `${rows}`, chunk: `${chunk}`, scenario: 'throughput' });
      const open = () => openProcessExecutor({ target, settings, signal, ...(entries ? { entries } : {}) });
      try {
        for (const mode of chosen(MODES)) {
          const batchRows = mode === 'rows' ? null : Math.max(1, Math.floor(chunk / 2));
          const setting = { chunk, checkInterval: 100, batchRows, mode, load: plainLoad };
          await compare(`${database}, ${rowBytes} bytes, ${mode}`, setting, rowBytes, open);
        }
      } finally {
        await end();
      }
    }
} finally {
  await counter.close();
}
process.stdout.write(`${table.toString()}\n`);
process.exitCode = worn > 0 ? 10 : 0;
