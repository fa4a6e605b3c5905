/**
 * Whether the bench is right: its figures beside those of a client that shares no code with it, taken in turns with its own, on the
 * same tables. Linux only: CPU time and memory are read from /proc, and not from the server itself.
 *
 *   npm run bench:check                            every line: hours on two cores, since its quick runs alone take ten minutes a table
 *   npm run bench:check -- sqlite quick small      only the lines that fit these words
 *
 * Beside each figure of the bench stand two ratios, bench ÷ independent, each the median of turns with its 95% interval: on the very server
 * that the bench read from just before or after, and on one that has run for a while, as a server in production has. Exits with 10 when an
 * interval lies outside 0.95 to 1.05 (`!`), and with 12 when only a median does (`?`): then more turns are needed to tell.
 */
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { median, sum } from 'simple-statistics';
import type { Executor, SampleSize, StreamReading } from '../../src/bench/executor.js';
import {
  type BenchFlags,
  type BenchTarget,
  openProcessExecutor,
  type ProcessExecutor,
  processEntries,
  resolveBenchSettings,
  runScenarios,
} from '../../src/bench/index.js';
import { USUAL_FLAGS } from '../../src/bench/processes/server-flags.js';
import { medianInterval } from '../../src/bench/statistics/intervals.js';
import {
  type BenchCell,
  type BenchSetting,
  type BenchSettings,
  describeSetting,
  plainLoad,
} from '../../src/results/index.js';
import { startCountingClient } from './counting-client.js';
import { type ReadServer, readFrom, type Seen, serverOf, WINDOW_BYTES } from './independent-reading.js';
import { openBooks } from './library-project.js';
import { peakBytes, resetPeak } from './process-figures.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = processEntries(root);

const counter = startCountingClient(WINDOW_BYTES);

function countOn(server: ReadServer, setting: BenchSetting, size?: SampleSize): Promise<Seen> {
  return readFrom(counter, server, setting, size);
}

/** @param flags Of the servers. Default: as the bench starts them. */
function open(
  target: BenchTarget,
  settings: BenchSettings,
  flags: { readonly serverExecArgv?: readonly string[] } = {},
): Promise<ProcessExecutor> {
  const { signal } = new AbortController();
  return openProcessExecutor({ target, settings, signal, ...flags, ...(entries ? { entries } : {}) });
}

/** A server in production has none that changes when V8 compiles. */
const PRODUCTION = { serverExecArgv: USUAL_FLAGS };

/** What the bench and the independent client saw of one setting, one after another. */
interface Turn {
  readonly bench: Seen;
  /** On the server that the bench read from. */
  readonly same: Seen;
  readonly lasting: Seen;
}

/** The most memory of two new servers that streamed one setting, in megabytes. */
interface Peaks {
  readonly bench: number;
  readonly independent: number;
}

/** What was read of a run, by setting. */
interface Readings {
  readonly turns: Map<string, Turn[]>;
  readonly peaks: Map<string, Peaks[]>;
  /** How long the independent client's streams took, which is no time of the bench's. */
  spentMs: number;
}

/** Each of three comes first, and each comes after each other one, as often as the others do. */
const ORDERS = [
  [0, 1, 2],
  [2, 0, 1],
  [1, 2, 0],
  [1, 0, 2],
  [2, 1, 0],
  [0, 2, 1],
] as const;

/** After a rest. */
const REST_STREAMS = 3;

/** The servers that the bench does not read from. */
interface Others {
  readonly lasting: readonly ProcessExecutor[];
  /** Is renewed for every reading. */
  readonly fresh: ProcessExecutor;
}

/** The bench's own executor: before or after whatever it measures, the independent client reads the same. */
function interleaved(inner: ProcessExecutor, { lasting, fresh }: Others, readings: Readings): Executor {
  const connected = new Set<number>();
  let turns = 0;
  let latest: Turn | undefined;
  /** What the independent client does takes none of the bench's time. */
  const apart = async <Result>(work: () => Promise<Result>) => {
    const begin = performance.now();
    const result = await work();
    readings.spentMs += performance.now() - begin;
    return result;
  };
  /**
   * Reads by the bench, and by the independent client on its server and on one of the lasting ones.
   *
   * @param before What is done just before each of them, on its server. Default: nothing.
   */
  const takeTurn = async (
    setting: BenchSetting,
    size: SampleSize,
    before: (server: ReadServer) => Promise<unknown> = async () => {},
  ) => {
    const other = lasting[turns % lasting.length] ?? inner;
    const turn: { -readonly [Name in keyof Turn]?: Turn[Name] } & { own?: StreamReading } = {};
    const parts = [
      async () => {
        await apart(() => before(serverOf(inner)));
        turn.own = await inner.stream(setting, size);
        turn.bench = seenBy(turn.own);
      },
      async () => {
        await apart(() => before(serverOf(inner)));
        turn.same = await apart(() => countOn(serverOf(inner), setting, size));
      },
      async () => {
        await apart(() => before(serverOf(other)));
        turn.lasting = await apart(() => countOn(serverOf(other), setting, size));
      },
    ];
    for (const part of ORDERS[turns % ORDERS.length] ?? []) await parts[part]?.();
    const { own, bench, same, lasting: ofOther } = turn;
    if (!own || !bench || !same || !ofOther) throw new Error('a turn is not complete');
    return { own, seen: { bench, same, lasting: ofOther } };
  };
  /** The bench connects before its first stream, too; and after a rest, in which V8 gives its memory back, the first streams are slower. */
  const prepare = async (setting: BenchSetting, size: SampleSize) => {
    const { pid } = serverOf(inner);
    if (!connected.has(pid)) await countOn(serverOf(inner), setting, { mostRows: 1 });
    connected.add(pid);
    const other = lasting[turns % lasting.length];
    if (other) await countOn(serverOf(other), setting, { ...size, readings: REST_STREAMS });
  };
  const measure = async (setting: BenchSetting, size: SampleSize) => {
    turns += 1;
    await apart(() => prepare(setting, size));
    const { own, seen } = await takeTurn(setting, size);
    latest = seen;
    const name = describeSetting(setting);
    add(readings.turns, name, [latest]);
    return own;
  };
  /**
   * Follows the streams whose first rows it reads again, in the same order. The bench reads them at once, from a server that has just streamed: so
   * do the others.
   */
  const measureFirstRows = async (setting: BenchSetting, size: SampleSize) => {
    const { own, seen } = await takeTurn(setting, size, (server) => countOn(server, setting));
    for (const side of ['bench', 'same', 'lasting'] as const)
      latest?.[side].firstRowsMs.push(...seen[side].firstRowsMs);
    return own;
  };
  return {
    ...inner,
    stream(setting, size = {}) {
      const { mostRows, readings: count } = size;
      /** A sample has both; what is read for its beginning, or by a warm-up, has no most rows. */
      if (count === undefined || setting.load.rows === 1) return inner.stream(setting, size);
      return mostRows === undefined ? measureFirstRows(setting, size) : measure(setting, size);
    },
    async streamFromFreshServer(setting) {
      const own = await inner.streamFromFreshServer(setting);
      const bench = (own.server?.peakRssBytes ?? 0) / 1e6;
      const independent = (await apart(() => independentPeak(fresh, setting))) / 1e6;
      add(readings.peaks, describeSetting(setting), [{ bench, independent }]);
      return own;
    },
  };
}

function add<Value>(map: Map<string, Value[]>, name: string, values: readonly Value[]): void {
  map.set(name, [...(map.get(name) ?? []), ...values]);
}

function seenBy({ client: { streams, wallMs }, server }: StreamReading): Seen {
  const rows = sum(streams.map((stream) => stream.rows));
  const firstRowsMs = streams.map(({ firstRowMs }) => firstRowMs);
  return { rows, firstRowsMs, rowsPerSecond: (rows / wallMs) * 1000, cpuMicrosPerRow: (server?.cpuMicros ?? 0) / rows };
}

/** A server's speed varies by chance. */
const LASTING_SERVERS = 3;
/** Long enough for V8 to compile what runs once a chunk by its usual counts, and streams enough for what runs once a stream. */
const LASTING_MS = 20_000;
const LASTING_STREAMS = 1000;

/** The peak of a new server that streams a table once, after a few rows of it: by the kernel's count, in bytes. */
async function independentPeak(executor: ProcessExecutor, setting: BenchSetting): Promise<number> {
  await executor.renew();
  const server = serverOf(executor);
  const few = { ...setting, chunk: 100, load: { ...setting.load, rows: 2000 } };
  for (let stream = 0; stream < 3; stream += 1) await countOn(server, few);
  resetPeak(server.pid);
  await countOn(server, setting);
  return peakBytes(server.pid);
}

const table = new Table({
  head: [
    '',
    'rows/s',
    '÷ same',
    '÷ lasting',
    'CPU µs',
    '÷ same',
    '÷ lasting',
    'first ms',
    '÷ same',
    '÷ lasting',
    'MB',
    '÷',
  ],
  style: { head: [], border: [] },
});
let outside = 0;
let surelyOutside = 0;

const [LEAST, MOST] = [0.95, 1.05];

/** Bench ÷ independent: the median of the turns, in each of which the machine was as fast for both. */
function ratio(ratios: readonly number[]): string {
  const value = median([...ratios]);
  const [low, high] = medianInterval(ratios) ?? [value, value];
  const isOutside = value < LEAST || value > MOST;
  const isSurelyOutside = high < LEAST || low > MOST;
  if (isOutside) outside += 1;
  if (isSurelyOutside) surelyOutside += 1;
  const interval = ratios.length > 1 ? ` (${low.toFixed(2)} to ${high.toFixed(2)})` : '';
  return `${value.toFixed(2)}${interval}${isSurelyOutside ? ' !' : isOutside ? ' ?' : ''}`;
}

/** A line of the table: the runs' cells of one setting, and what was read in all those runs. */
function addLine(name: string, cells: readonly BenchCell[], turns: readonly Turn[], peaks: readonly Peaks[]): void {
  const printed = (pick: (cell: BenchCell) => number | null) => median(cells.map((cell) => pick(cell) ?? 0));
  const both = (value: number, pick: (seen: Seen) => number) => [
    value.toPrecision(4),
    ratio(turns.map(({ bench, same }) => pick(bench) / pick(same))),
    ratio(turns.map(({ bench, lasting }) => pick(bench) / pick(lasting))),
  ];
  const row = [
    `${name}, ${cells[0]?.mode}`,
    ...both(
      printed(({ rowsPerSecond }) => rowsPerSecond),
      ({ rowsPerSecond }) => rowsPerSecond,
    ),
    ...both(
      printed(({ serverCpuMicrosPerRow }) => serverCpuMicrosPerRow),
      ({ cpuMicrosPerRow }) => cpuMicrosPerRow,
    ),
    ...both(
      printed(({ firstRowMs }) => firstRowMs),
      ({ firstRowsMs }) => median(firstRowsMs),
    ),
    ...(peaks.length === 0
      ? ['', '']
      : [
          median(peaks.map(({ bench }) => bench)).toFixed(1),
          ratio(peaks.map((peak) => peak.bench / peak.independent)),
        ]),
  ];
  table.push(row);
  process.stderr.write(`${row.join('  ')}\n`);
}

/** Warnings that say nothing of the figures: the other program is the independent client, and each run has few turns. */
const EXPECTED = ['busy-machine', 'shared-cores', 'imprecise'];

/** Some runs of the bench, with its turns. */
async function check(name: string, target: BenchTarget, settings: BenchSettings, runs: number): Promise<void> {
  const lasting: ProcessExecutor[] = [];
  const fresh = await open(target, settings, PRODUCTION);
  try {
    while (lasting.length < LASTING_SERVERS) lasting.push(await openLasting(target, settings));
    const cells = new Map<string, BenchCell[]>();
    const readings: Readings = { turns: new Map(), peaks: new Map(), spentMs: 0 };
    for (let run = 0; run < runs; run += 1) {
      const result = await runScenarios({
        settings,
        signal: new AbortController().signal,
        now: () => performance.now() - readings.spentMs,
        openExecutor: async () => interleaved(await open(target, settings), { lasting, fresh }, readings),
      });
      for (const cell of result.cells) add(cells, describeSetting(cell), [cell]);
      for (const { code, message } of result.warnings)
        if (!EXPECTED.includes(code)) process.stderr.write(`  ${name}: ${message}\n`);
    }
    for (const [key, ofRuns] of cells)
      addLine(name, ofRuns, readings.turns.get(key) ?? [], readings.peaks.get(key) ?? []);
  } finally {
    for (const server of [fresh, ...lasting]) await server.close();
  }
}

async function openLasting(target: BenchTarget, settings: BenchSettings): Promise<ProcessExecutor> {
  const server = await open(target, settings, PRODUCTION);
  const both = resultSettings(settings);
  for (const setting of both) await countOn(serverOf(server), setting, { mostRows: 1, readings: LASTING_STREAMS });
  const ready = performance.now() + LASTING_MS;
  while (performance.now() < ready) for (const setting of both) await countOn(serverOf(server), setting);
  return server;
}

/** The two streams of one chunk and interval. */
function resultSettings({ chunks, checkIntervals, batchRows }: BenchSettings): BenchSetting[] {
  const [chunk = 0] = chunks;
  const [checkInterval = 0] = checkIntervals;
  return [null, ...batchRows].map((batch) => {
    return { chunk, checkInterval, batchRows: batch, mode: batch === null ? 'rows' : 'batches', load: plainLoad };
  });
}

/** How the bench is run, and how often: a short run has too few turns to tell 5%. */
const runs: Readonly<Record<'quick' | 'default' | 'long', { readonly flags: BenchFlags; readonly times: number }>> = {
  quick: { flags: { quick: true }, times: 3 },
  default: { flags: {}, times: 3 },
  long: { flags: { rounds: '40', maxTime: '1800' }, times: 1 },
};

const sizes = {
  small: { rowBytes: 150, rows: undefined, flags: { chunk: '1000', batch: '500' } },
  large: { rowBytes: 16_000, rows: 8000, flags: { chunk: '100', batch: '50' } },
} as const;

const POSTGRES_ROWS = 100_000;

const databases = ['sqlite', 'postgresql'] as const;

const words = process.argv.slice(2);
const chosen = <Name extends string>(names: readonly Name[]) => {
  const named = names.filter((name) => words.includes(name));
  return named.length === 0 ? names : named;
};

const sizeNames = ['small', 'large'] as const;
const runNames = ['quick', 'default', 'long'] as const;
try {
  for (const database of chosen(databases))
    for (const size of chosen(sizeNames)) {
      const { rowBytes, rows, flags } = sizes[size];
      const { target, end } = await openBooks(database, { rows: rows ?? POSTGRES_ROWS, rowBytes });
      try {
        for (const run of chosen(runNames)) {
          const { flags: runFlags, times } = runs[run];
          const ofRows = rows === undefined ? {} : { rows: `${rows}` };
          const ofDemo = target.source === 'demo' ? { rowBytes: `${rowBytes}` } : {};
          const all = { ...runFlags, ...flags, ...ofRows, ...ofDemo, checkInterval: '100', scenario: 'throughput' };
          await check(`${database}, ${size}, ${run}`, target, resolveBenchSettings(all), times);
        }
      } finally {
        await end();
      }
    }
} finally {
  await counter.close();
}
process.stdout.write(
  `${table.toString()}\n${outside} figures lie outside ${LEAST} to ${MOST}, ${surelyOutside} of them with their whole interval\n`,
);
process.exitCode = surelyOutside > 0 ? 10 : outside > 0 ? 12 : 0;
