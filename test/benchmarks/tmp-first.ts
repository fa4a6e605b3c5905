import { fileURLToPath } from 'node:url';
import { median, quantile } from 'simple-statistics';
import { demoTarget, openProcessExecutor, processEntries, resolveBenchSettings } from '../../src/bench/index.js';
import { startCountingClient } from './counting-client.js';
import { cpuMicros } from './process-figures.js';
const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = processEntries(root);
const settings = resolveBenchSettings({ chunk: '1000', batch: '500', checkInterval: '100', scenario: 'throughput', rowBytes: '150' });
const ex = await openProcessExecutor({ target: demoTarget(root), settings, signal: new AbortController().signal, ...(entries ? { entries } : {}) });
const counter = startCountingClient(4 * 1024 ** 2);
const port = Number(ex.serverAddress.split(':').at(-1));
const load = { method: 'stream', rows: null, rowBytes: 150, clients: 1, partitions: 1, rttMs: 0, windowBytes: null, consistency: 'chunked', compression: 'none', paceRowsPerSecond: null, readsPerSecond: null } as any;
const rounds = Number(process.argv[2] ?? 30);
const mostRows = process.argv[3] ? Number(process.argv[3]) : null;
function varint(n: number, v: number) { const b = [n << 3]; while (v >= 128) { b.push((v & 127) | 128); v = Math.floor(v / 128); } b.push(v); return b; }
for (const batchRows of [null, 500]) {
  const setting = { chunk: 1000, checkInterval: 100, batchRows, mode: batchRows === null ? 'rows' : 'batches', load } as any;
  const seen: Record<string, number[][]> = { own: [], other: [] };
  const own = async () => {
    const s = cpuMicros(ex.pids.server!), c = cpuMicros(ex.pids.client!);
    const r = await ex.stream(setting, mostRows);
    const v = r.client.streams[0]!;
    const s2 = cpuMicros(ex.pids.server!), c2 = cpuMicros(ex.pids.client!);
    return [v.rows / r.client.wallMs * 1000, (s2 - s) / v.rows, (c2 - c) / v.rows, v.firstRowMs, r.server!.cpuMicros / v.rows, r.client.wallMs];
  };
  const other = async () => {
    const s = cpuMicros(ex.pids.server!), c = cpuMicros(counter.pid);
    const request = Uint8Array.from([...(mostRows ? varint(4, mostRows) : []), ...varint(8, 1000), ...varint(9, 100), ...(batchRows ? varint(10, batchRows) : [])]);
    const r = await counter.count(port, { path: `/library.v1.BookStreamService/${batchRows ? 'StreamBookBatches' : 'StreamBooks'}`, batches: batchRows !== null, request });
    const s2 = cpuMicros(ex.pids.server!), c2 = cpuMicros(counter.pid);
    return [r.rows / r.ms * 1000, (s2 - s) / r.rows, (c2 - c) / r.rows, r.firstRowMs, 0, r.ms];
  };
  for (let i = 0; i < 10; i++) { await own(); await other(); }
  for (let i = 0; i < rounds; i++) {
    if (i % 2) { seen.own!.push(await own()); seen.other!.push(await other()); }
    else { seen.other!.push(await other()); seen.own!.push(await own()); }
  }
  for (const [name, rows] of Object.entries(seen))
    console.log(batchRows ?? 'rows', name, ['rate', 'scpu', 'ccpu', 'first', 'selfcpu', 'ms'].map((n, k) => `${n} ${median(rows.map((r) => r[k]!)).toPrecision(4)} (${quantile(rows.map((r) => r[k]!), 0.25).toPrecision(3)}–${quantile(rows.map((r) => r[k]!), 0.75).toPrecision(3)})`).join('  '));
}
await counter.close(); await ex.close();
