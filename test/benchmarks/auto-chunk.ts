/**
 * What `chunkSize: 'auto'` is worth: its rate beside that of fixed chunks, in the same rounds, on small and large rows, SQLite and
 * PostgreSQL, near and far, and for a slow client.
 *
 *   npm run bench:auto                        every line: some fifteen minutes on two quiet cores
 *   npm run bench:auto -- sqlite large 20     only the lines that have these words, and so many rounds
 *
 * The ratio is that of the rates within a round, `auto` ÷ the best fixed chunk and ÷ the default, with the 95% interval of its mean.
 */
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import {
  type BenchFlags,
  type BenchTarget,
  demoTarget,
  openProcessExecutor,
  processEntries,
  resolveBenchSettings,
  runScenarios,
} from '../../src/bench/index.js';
import { familyEstimate } from '../../src/bench/statistics/intervals.js';
import { delayBytes } from '../../src/bench/wire/delayed-bytes.js';
import type { BenchCell } from '../../src/results/index.js';
import { openLibrary } from './library-project.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = processEntries(root);
const { signal } = new AbortController();

const SMALL = { chunk: '100,500,1000,5000,auto', rows: '100000' };
const LARGE = { chunk: process.env.LARGE_CHUNKS ?? '25,100,500,auto', rows: '10000' };
const FAR_CLIENT = { scenario: 'distance', rtt: '20', window: '4m', batch: '0' };
const SLOW_CLIENT = { scenario: 'slow-consumer', pace: '5000', chunk: '100,1000,auto', rows: '100000' };

/** A line of the table: the database, and the flags of a bench. */
interface Line {
  readonly name: string;
  readonly database: 'sqlite' | 'postgresql' | 'far postgresql';
  readonly rowBytes: number;
  readonly flags: BenchFlags;
}

const lines: readonly Line[] = (['sqlite', 'postgresql', 'far postgresql'] as const).flatMap((database): Line[] => [
  { name: `${database}, small rows`, database, rowBytes: 150, flags: { ...SMALL } },
  { name: `${database}, large rows`, database, rowBytes: 16_000, flags: { ...LARGE } },
  ...(database === 'far postgresql'
    ? []
    : [
        {
          name: `${database}, small rows, client 20 ms away`,
          database,
          rowBytes: 150,
          flags: { ...SMALL, ...FAR_CLIENT },
        },
        { name: `${database}, small rows, slow client`, database, rowBytes: 150, flags: { ...SLOW_CLIENT } },
      ]),
]);

const words = process.argv.slice(2);
const rounds = words.find((word) => /^\d+$/.test(word)) ?? '10';
const wanted = words.filter((word) => word !== rounds);
const chosen = lines.filter(({ name }) => wanted.every((word) => name.includes(word)));

/** One way over the delayed wire. */
const DATABASE_DELAY_MS = 5;

/** A port that passes bytes on to another, later. */
async function delayed(port: number): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', () => socket.destroy());
    delayBytes(client, upstream, DATABASE_DELAY_MS);
    delayBytes(upstream, client, DATABASE_DELAY_MS);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}

type Ending = () => Promise<void>;

async function openTarget({ database, rowBytes, flags }: Line): Promise<[BenchTarget, Ending]> {
  if (database === 'sqlite') return [demoTarget(root), async () => {}];
  const project = await openLibrary('postgresql', { rows: Number(flags.rows), rowBytes });
  const url = new URL(project.url);
  const proxy = database === 'far postgresql' ? await delayed(Number(url.port)) : undefined;
  if (proxy) url.port = `${proxy.port}`;
  process.env.DATABASE_URL = url.href;
  const end = async () => {
    proxy?.server.close();
    await project.end();
  };
  return [project.target, end];
}

async function cellsOf(line: Line): Promise<readonly BenchCell[]> {
  const [target, end] = await openTarget(line);
  try {
    const ofDemo = target.source === 'demo' ? { rowBytes: `${line.rowBytes}` } : {};
    const common = { scenario: 'throughput', checkInterval: '100', batch: '0', rounds, maxTime: '1200' };
    const { batch, ...all } = { ...common, ...ofDemo, ...line.flags };
    const inBatches = all.scenario === 'throughput' || all.scenario === 'distance';
    const settings = { ...resolveBenchSettings(inBatches ? { ...all, batch } : all), quick: true };
    const result = await runScenarios({
      settings,
      signal,
      openExecutor: () => openProcessExecutor({ target, settings, signal, ...(entries ? { entries } : {}) }),
    });
    return [...result.cells, ...result.scenarios.flatMap(({ cells }) => cells)];
  } finally {
    await end();
  }
}

/** One cell's rates as shares of another's, round by round. */
function ratioText(cell: BenchCell, other: BenchCell): string {
  const differences = cell.samples.flatMap(({ round, rowsPerSecond }) => {
    const beside = other.samples.find((sample) => sample.round === round);
    return beside ? [Math.log(rowsPerSecond / beside.rowsPerSecond)] : [];
  });
  const estimate = familyEstimate(differences, 1);
  if (!estimate) return '?';
  const [mean, low, high] = [estimate.mean, ...estimate.interval].map((value) => Math.exp(value).toFixed(2));
  return `${mean} (${low}–${high})`;
}

const table = new Table({
  head: ['', 'rows/s by chunk', 'auto chose', 'auto ÷ best', 'auto ÷ 1,000', 'CPU µs/row, by chunk', 'first row ms'],
  style: { head: [], border: [] },
});

for (const line of chosen) {
  const cells = await cellsOf(line);
  const auto = cells.find(({ chunk }) => chunk === 'auto');
  const fixed = cells.filter(({ chunk }) => chunk !== 'auto');
  const best = fixed.reduce((most, cell) => (cell.rowsPerSecond > most.rowsPerSecond ? cell : most));
  const usual = fixed.find(({ chunk }) => chunk === 1000);
  if (!auto) throw new Error('auto was not measured');
  const by = (show: (cell: BenchCell) => string) => cells.map((cell) => `${cell.chunk}: ${show(cell)}`).join(', ');
  const row = [
    line.name,
    by(({ rowsPerSecond }) => `${(rowsPerSecond / 1000).toFixed(1)}k`),
    `${auto.chunkRows}`,
    `${ratioText(auto, best)} of ${best.chunk}`,
    usual ? ratioText(auto, usual) : '',
    by(({ serverCpuMicrosPerRow }) => `${serverCpuMicrosPerRow?.toFixed(1)}`),
    by(({ firstRowMs }) => firstRowMs.toFixed(1)),
  ];
  table.push(row);
  process.stderr.write(`${row.join(' | ')}\n`);
}
process.stdout.write(`${table.toString()}\n`);
