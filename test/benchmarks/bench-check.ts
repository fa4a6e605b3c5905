/**
 * Whether the bench is right: its figures beside those of a client that shares no code with it, taken in turns with its own, on the
 * same tables. Linux only: CPU time and memory are read from /proc, and not from the server itself.
 *
 *   npm run bench:check                            every line: some twenty minutes on two quiet cores
 *   npm run bench:check -- sqlite quick small      only the lines that fit these words
 *
 * Beside each figure of the bench stand two ratios, bench ÷ independent, each the median of turns with its 95% interval: on the very server
 * that the bench read from just before or after, and on one that has run for a while, as a server in production has. Exits with 10 when a
 * ratio lies outside 0.95 to 1.05.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { median } from 'simple-statistics';
import type { Executor, StreamReading } from '../../src/bench/executor.js';
import {
  type BenchFlags,
  type BenchTarget,
  demoTarget,
  openProcessExecutor,
  type ProcessExecutor,
  processEntries,
  projectTarget,
  resolveBenchSettings,
  runScenarios,
} from '../../src/bench/index.js';
import { medianInterval } from '../../src/bench/statistics/intervals.js';
import { defaultStreamingSettings } from '../../src/config/index.js';
import { loadStreamedSchema } from '../../src/project/streamed-schema.js';
import { type BenchCell, type BenchSetting, type BenchSettings, describeSetting } from '../../src/results/index.js';
import { modelNamed } from '../../src/seed/index.js';
import { cli, runNode } from '../support/linked-project.js';
import { startPostgres } from '../support/postgres.js';
import { generatedProject } from '../support/served-project.js';
import { startCountingClient } from './counting-client.js';
import { cpuMicros, peakBytes, resetPeak } from './process-figures.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = processEntries(root);
const { signal } = new AbortController();

/** A server that the counter reads from. */
interface Server {
  readonly port: number;
  readonly pid: number;
}

/** What was seen of one stream from outside. */
interface Seen {
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly firstRowMs: number;
  readonly cpuMicrosPerRow: number;
}

/** What the generated client asks for. */
const WINDOW_BYTES = 4 * 1024 ** 2;

const counter = startCountingClient(WINDOW_BYTES);

/** Reads as the bench does: a stream, and then the first chunks of four more for the time of the first row. */
async function readOn(server: Server, setting: BenchSetting, mostRows?: number | null): Promise<Seen> {
  const seen = await countOn(server, setting, mostRows);
  const firstRows = [seen.firstRowMs];
  for (let stream = 0; stream < 4; stream += 1)
    firstRows.push((await countOn(server, setting, 2 * Number(setting.chunk))).firstRowMs);
  return { ...seen, firstRowMs: median(firstRows) };
}

/** Reads a stream by the independent client, and the server's CPU time from the kernel. */
async function countOn({ port, pid }: Server, setting: BenchSetting, mostRows: number | null = null): Promise<Seen> {
  const batches = setting.batchRows !== null;
  const path = `/library.v1.BookStreamService/${batches ? 'StreamBookBatches' : 'StreamBooks'}`;
  const before = cpuMicros(pid);
  const { rows, ms, firstRowMs } = await counter.count(port, { path, batches, request: requestOf(setting, mostRows) });
  return { rows, rowsPerSecond: (rows / ms) * 1000, firstRowMs, cpuMicrosPerRow: (cpuMicros(pid) - before) / rows };
}

/** The encoded request, by the field numbers of the .proto file. */
function requestOf({ chunk, checkInterval, batchRows, load }: BenchSetting, mostRows: number | null): Uint8Array {
  const limit = mostRows ?? load.rows;
  return Uint8Array.from([
    ...(limit === null ? [] : varintField(4, limit)),
    ...(chunk === 'auto' ? [] : varintField(8, chunk)),
    ...varintField(9, checkInterval),
    ...(batchRows === null ? [] : varintField(10, batchRows)),
  ]);
}

function varintField(number: number, value: number): number[] {
  const bytes = [number << 3];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

function serverOf({ serverAddress, pids }: ProcessExecutor): Server {
  return { port: Number(serverAddress.split(':').at(-1)), pid: pids.server ?? 0 };
}

function open(target: BenchTarget, settings: BenchSettings): Promise<ProcessExecutor> {
  return openProcessExecutor({ target, settings, signal, ...(entries ? { entries } : {}) });
}

/** What the bench and the independent client saw, by setting: the streams of one turn stand at the same place of each list. */
interface Readings {
  readonly bench: Map<string, Seen[]>;
  readonly same: Map<string, Seen[]>;
  readonly lasting: Map<string, Seen[]>;
  /** How long the independent client's streams took, which is no time of the bench's. */
  spentMs: number;
}

/** Each of three turns comes first, and each comes after each other one, as often as the others do. */
const ORDERS = [
  [0, 1, 2],
  [2, 0, 1],
  [1, 2, 0],
  [1, 0, 2],
  [2, 1, 0],
  [0, 2, 1],
] as const;

/** The bench's own executor: before or after each measured stream, the independent client reads the same. */
function interleaved(inner: ProcessExecutor, lasting: ProcessExecutor, readings: Readings): Executor {
  const turnsTaken = new Map<string, number>();
  const connected = new Set<number>();
  /** The bench connects before its first stream, too. */
  const connect = async (server: Server, setting: BenchSetting) => {
    if (connected.has(server.pid)) return;
    connected.add(server.pid);
    await countOn(server, setting, 1);
  };
  const add = (seen: Map<string, Seen[]>, setting: BenchSetting, one: Seen) => {
    const name = describeSetting(setting);
    seen.set(name, [...(seen.get(name) ?? []), one]);
  };
  const count = async (seen: Map<string, Seen[]>, server: Server, setting: BenchSetting, mostRows?: number | null) => {
    const begin = performance.now();
    const one = await readOn(server, setting, mostRows);
    readings.spentMs += performance.now() - begin;
    add(seen, setting, one);
  };
  return {
    ...inner,
    async stream(setting, mostRows) {
      if (setting.load.rows !== null) return inner.stream(setting, mostRows);
      let reading: StreamReading | undefined;
      const turns = [
        async () => {
          reading = await inner.stream(setting, mostRows);
        },
        () => count(readings.same, serverOf(inner), setting, mostRows),
        () => count(readings.lasting, serverOf(lasting), setting, mostRows),
      ];
      const name = describeSetting(setting);
      const taken = turnsTaken.get(name) ?? 0;
      turnsTaken.set(name, taken + 1);
      await connect(serverOf(inner), setting);
      for (const turn of ORDERS[taken % ORDERS.length] ?? []) await turns[turn]?.();
      if (!reading) throw new Error('the bench read nothing');
      add(readings.bench, setting, seenBy(reading));
      return reading;
    },
  };
}

function seenBy({ client: { streams, wallMs }, server }: StreamReading): Seen {
  const [{ rows, firstRowMs } = { rows: 0, firstRowMs: 0 }] = streams;
  return { rows, firstRowMs, rowsPerSecond: (rows / wallMs) * 1000, cpuMicrosPerRow: (server?.cpuMicros ?? 0) / rows };
}

const LASTING_STREAMS = 15;
const FRESH_SERVERS = 3;

/** The peak of new servers that stream a table once, after a few rows of it: by the kernel's count. */
async function independentPeaks(executor: ProcessExecutor, setting: BenchSetting): Promise<number> {
  const peaks: number[] = [];
  for (let server = 0; server < FRESH_SERVERS; server += 1) {
    await executor.renew();
    const server = serverOf(executor);
    const few = { ...setting, chunk: 100, load: { ...setting.load, rows: 2000 } };
    for (let stream = 0; stream < 3; stream += 1) await countOn(server, few);
    resetPeak(server.pid);
    await countOn(server, setting);
    peaks.push(peakBytes(server.pid) / 1e6);
  }
  return median(peaks);
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

/** Bench ÷ independent: the median of the turns, in each of which the machine was as fast for both. */
function ratio(ratios: readonly number[]): string {
  const value = median([...ratios]);
  const isRight = value >= 0.95 && value <= 1.05;
  if (!isRight) outside += 1;
  const interval = medianInterval(ratios)?.map((bound) => bound.toFixed(2));
  return `${value.toFixed(2)}${interval ? ` (${interval.join(' to ')})` : ''}${isRight ? '' : ' !'}`;
}

function addLine(name: string, cell: BenchCell, { bench, same, lasting }: Readings, peakMb: number): void {
  const key = describeSetting(cell);
  /** The bench reads more streams for its first rows, which are in its samples only. */
  const own = streamsOf(bench, key).map((seen, turn) => {
    return { ...seen, firstRowMs: cell.samples[turn]?.firstRowMs ?? Number.NaN };
  });
  const both = (printed: number, pick: (seen: Seen) => number) => [
    printed.toPrecision(4),
    ...[same, lasting].map((other) => {
      const others = streamsOf(other, key);
      return ratio(own.map((one, turn) => pick(one) / pick(others[turn] ?? one)));
    }),
  ];
  const row = [
    `${name}, ${cell.mode}`,
    ...both(cell.rowsPerSecond, ({ rowsPerSecond }) => rowsPerSecond),
    ...both(cell.serverCpuMicrosPerRow ?? 0, ({ cpuMicrosPerRow }) => cpuMicrosPerRow),
    ...both(cell.firstRowMs, ({ firstRowMs }) => firstRowMs),
    ...(cell.serverPeakRssMb === null
      ? ['', '']
      : [cell.serverPeakRssMb.toFixed(1), ratio([cell.serverPeakRssMb / peakMb])]),
  ];
  table.push(row);
  process.stderr.write(`${row.join('  ')}\n`);
}

/** Those of the length that the rounds had: a quick run reads a shorter stream first, to see how fast the machine is. */
function streamsOf(seen: Map<string, Seen[]>, name: string): Seen[] {
  const all = seen.get(name) ?? [];
  return all.filter(({ rows }) => rows === all.at(-1)?.rows);
}

async function check(name: string, target: BenchTarget, settings: BenchSettings): Promise<void> {
  const readings: Readings = { bench: new Map(), same: new Map(), lasting: new Map(), spentMs: 0 };
  const lasting = await open(target, settings);
  try {
    const settingsOfCells = resultSettings(settings);
    for (const setting of settingsOfCells)
      for (let stream = 0; stream < LASTING_STREAMS; stream += 1) await countOn(serverOf(lasting), setting);
    const result = await runScenarios({
      settings,
      signal,
      now: () => performance.now() - readings.spentMs,
      openExecutor: async () => interleaved(await open(target, settings), lasting, readings),
    });
    for (const cell of result.cells)
      addLine(name, cell, readings, cell.serverPeakRssMb === null ? 0 : await independentPeaks(lasting, cell));
    for (const { message } of result.warnings) process.stderr.write(`  ${name}: ${message}\n`);
  } finally {
    await lasting.close();
  }
}

/** The two streams of one chunk and interval. */
function resultSettings({ chunks, checkIntervals, batchRows }: BenchSettings): BenchSetting[] {
  const [chunk = 0] = chunks;
  const [checkInterval = 0] = checkIntervals;
  const load = resolveLoad();
  return [null, ...batchRows].map((batch) => {
    return { chunk, checkInterval, batchRows: batch, mode: batch === null ? 'rows' : 'batches', load };
  });
}

function resolveLoad(): BenchSetting['load'] {
  return {
    method: 'stream',
    rows: null,
    rowBytes: null,
    clients: 1,
    partitions: 1,
    rttMs: 0,
    windowBytes: null,
    consistency: 'chunked',
    compression: 'none',
    paceRowsPerSecond: null,
    readsPerSecond: null,
  };
}

const runs: Readonly<Record<string, BenchFlags>> = {
  quick: { quick: true },
  default: {},
  long: { rounds: '40', maxTime: '1800' },
};

const sizes = {
  small: { rowBytes: 150, rows: undefined, flags: { chunk: '1000', batch: '500' } },
  large: { rowBytes: 16_000, rows: 8000, flags: { chunk: '100', batch: '50' } },
} as const;

const POSTGRES_ROWS = 100_000;

/** Ends what it opened. */
type Ending = () => Promise<void>;

const databases: Readonly<Record<string, (size: keyof typeof sizes) => Promise<[BenchTarget, Ending]>>> = {
  sqlite: async () => [demoTarget(root), async () => {}],
  postgresql: async (size) => {
    const server = await startPostgres();
    const project = await generatedProject('postgresql');
    process.env.DATABASE_URL = server.url;
    const { rowBytes, rows = POSTGRES_ROWS } = sizes[size];
    const seed = ['seed', '--model', 'Book', '--rows', `${rows}`, '--row-bytes', `${rowBytes}`];
    await runNode(project.folder, [cli, ...seed], { DATABASE_URL: server.url });
    const paths = {
      schemaPath: join(project.folder, 'prisma/schema.prisma'),
      protoDir: join(project.folder, 'proto'),
    };
    const target = projectTarget({
      ...paths,
      model: modelNamed('Book', await loadStreamedSchema(paths)),
      root: project.folder,
      outputDir: join(project.folder, 'src/grpc'),
      packageName: 'library',
      streaming: defaultStreamingSettings,
    });
    return [
      target,
      async () => {
        await project.remove();
        await server.stop();
      },
    ];
  },
};

const words = process.argv.slice(2);
const chosen = <Name extends string>(names: readonly Name[]) => {
  const named = names.filter((name) => words.includes(name));
  return named.length === 0 ? names : named;
};

const sizeNames = ['small', 'large'] as const;
try {
  for (const database of chosen(Object.keys(databases)))
    for (const size of chosen(sizeNames)) {
      const [target, end] = (await (databases[database] ?? databases.sqlite)?.(size)) ?? [
        demoTarget(root),
        async () => {},
      ];
      try {
        for (const run of chosen(Object.keys(runs))) {
          const { rowBytes, rows, flags } = sizes[size];
          const ofRows = rows === undefined ? {} : { rows: `${rows}` };
          const ofDemo = target.source === 'demo' ? { rowBytes: `${rowBytes}` } : {};
          const all = { ...runs[run], ...flags, ...ofRows, ...ofDemo, checkInterval: '100', scenario: 'throughput' };
          await check(`${database}, ${size}, ${run}`, target, resolveBenchSettings(all));
        }
      } finally {
        await end();
      }
    }
} finally {
  await counter.close();
}
process.stdout.write(`${table.toString()}\n${outside} figures lie outside 0.95 to 1.05\n`);
process.exitCode = outside === 0 ? 0 : 10;
