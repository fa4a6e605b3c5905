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
const all: number[][][] = [];
import { readFileSync } from 'node:fs';
const stat = () => { const f = readFileSync(`/proc/${ex.pids.server}/stat`, 'utf8').split(' '); return [Number(f[9]), Number(f[13]), Number(f[14]), Number(f[23]) * 4096 / 1e6]; };
for (let s = 0; s < servers; s++) {
  await ex.renew();
  const port = Number(ex.serverAddress.split(':').at(-1));
  const other = async (rows: number | null) => {
    const f0 = stat(); const c0 = cpuMicros(ex.pids.server!);
    const request = Uint8Array.from([...(rows ? varint(4, rows) : []), ...varint(8, 1000), ...varint(9, 100)]);
    const r = await counter.count(port, { path: `/library.v1.BookStreamService/StreamBooks`, batches: false, request });
    const f1 = stat(); return [(cpuMicros(ex.pids.server!) - c0) / r.rows, r.rows / r.ms * 1000, r.firstRowMs, f1[0]! - f0[0]!, (f1[1]! - f0[1]!), (f1[2]! - f0[2]!), f1[3]!];
  };
  for (let i = 0; i < 60; i++) await ex.stream({ ...setting, load: { ...load, rows: 1 } });
  for (let i = 0; i < passes * perPass; i++) await ex.stream({ ...setting, chunk: Number(process.env.WCHUNK ?? 1000), load: { ...load, rows: passRows } });
  if (process.env.GCN) for (let g = 0; g < Number(process.env.GCN); g++) { process.kill(ex.pids.server!, 'SIGUSR2'); await new Promise((r) => setTimeout(r, 100)); }
  if (process.env.AFTER) for (let i = 0; i < Number(process.env.AFTER); i++) await ex.stream({ ...setting, load: { ...load, rows: passRows } });
  const list: number[][] = [];
  for (let i = 0; i < 22; i++) list.push(await other(process.env.LIM ? Number(process.env.LIM) : null));
  all.push(list);
}
for (let i = 0; i < 22; i++) console.log(i, ['cpu', 'rate', 'first', 'faults', 'user', 'sys', 'rss'].map((n, k) => `${n} ${median(all.map((l) => l[i]![k]!)).toPrecision(4)}`).join('  '));
await counter.close(); await ex.close();
