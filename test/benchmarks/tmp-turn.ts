import { fileURLToPath } from 'node:url';
import { median } from 'simple-statistics';
import { demoTarget, openProcessExecutor, processEntries, resolveBenchSettings } from '../../src/bench/index.js';
import { startCountingClient } from './counting-client.js';
import { cpuMicros } from './process-figures.js';
const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = processEntries(root);
const settings = resolveBenchSettings({ chunk: '1000', batch: '500', checkInterval: '100', scenario: 'throughput', rowBytes: '150' });
const ex = await openProcessExecutor({ target: demoTarget(root), settings, signal: new AbortController().signal, ...(entries ? { entries } : {}) });
const counter = startCountingClient(4 * 1024 ** 2);
const load = { method: 'stream', rows: null, rowBytes: 150, clients: 1, partitions: 1, rttMs: 0, windowBytes: null, consistency: 'chunked', compression: 'none', paceRowsPerSecond: null, readsPerSecond: null } as any;
const [passes = 4, perPass = 8, passRows = 10000, servers = 6] = process.argv.slice(2).map(Number);
function varint(n: number, v: number) { const b = [n << 3]; while (v >= 128) { b.push((v & 127) | 128); v = Math.floor(v / 128); } b.push(v); return b; }
const setting = { chunk: 1000, checkInterval: 100, batchRows: null, mode: 'rows', load } as any;
const all: number[][][] = []; const allB: number[][][] = [];
for (let s = 0; s < servers; s++) {
  await ex.renew();
  const port = Number(ex.serverAddress.split(':').at(-1));
  const other = async (rows: number | null) => {
    const c0 = cpuMicros(ex.pids.server!);
    const request = Uint8Array.from([...(rows ? varint(4, rows) : []), ...varint(8, 1000), ...varint(9, 100)]);
    const r = await counter.count(port, { path: `/library.v1.BookStreamService/StreamBooks`, batches: false, request });
    return [(cpuMicros(ex.pids.server!) - c0) / r.rows, r.rows / r.ms * 1000, r.firstRowMs];
  };
  for (let i = 0; i < 60; i++) await ex.stream({ ...setting, load: { ...load, rows: 1 } });
  for (let i = 0; i < passes * perPass; i++) await ex.stream({ ...setting, load: { ...load, rows: passRows } });
  const own = async () => { const r = await ex.stream(setting); const v = r.client.streams[0]!; return [r.server!.cpuMicros / v.rows, v.rows / r.client.wallMs * 1000, v.firstRowMs]; };
  const list: number[][] = [];
  for (let i = 0; i < 10; i++) { await ex.yardstickMicros(); list.push(await ((i + s) % 2 ? own() : other(null))); }
  (s % 2 ? allB : all).push(list);
}
for (const [n, l] of [['other first', all], ['own first', allB]] as const) { console.log(n); for (let i = 0; i < 10; i++) console.log(i, ((n === 'own first' ? 1 : 0) + i) % 2 ? 'own  ' : 'other', ['cpu', 'rate', 'first'].map((w, k) => `${w} ${median(l.map((x) => x[i]![k]!)).toPrecision(4)}`).join('  '), l.map((x) => x[i]![2]!.toFixed(2)).join(' ')); }
await counter.close(); await ex.close();
