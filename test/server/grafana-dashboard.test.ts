import { readFile } from 'node:fs/promises';
import client from 'prom-client';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { prometheusMetrics } from '../../src/runtime/index.js';
import { runToEnd } from '../support/every-end.js';

const dashboard = z
  .object({
    templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown() })) }),
    panels: z.array(
      z.object({
        id: z.number(),
        title: z.string().min(1),
        gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        targets: z.array(z.object({ expr: z.string().min(1) })).min(1),
      }),
    ),
  })
  .parse(JSON.parse(await readFile(new URL('../../templates/grafana/grpc-stream.json', import.meta.url), 'utf8')));

const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** What a server exports: each metric as a scraper sees it, with its labels. */
async function exported(): Promise<Map<string, Set<string>>> {
  const register = new client.Registry();
  client.collectDefaultMetrics({ register });
  await runToEnd('done', prometheusMetrics({ client, register }));
  const found = new Map<string, Set<string>>();
  for (const line of (await register.metrics()).split('\n')) {
    const [, name, labels = ''] = line.startsWith('#') ? [] : (/^(\w+)(?:\{(.*)\})?/.exec(line) ?? []);
    if (name === undefined) continue;
    const keys = found.get(name) ?? new Set();
    for (const [, key = ''] of labels.matchAll(/(\w+)="/g)) keys.add(key);
    found.set(name, keys);
  }
  return found;
}

const metricsIn = (expr: string) => expr.match(/\b(?:grpc_stream|process|nodejs)_\w+/g) ?? [];
/** In braces, and behind `by`. */
const labelsIn = (expr: string) => [
  ...[...expr.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label),
  ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/)),
];

describe('the Grafana dashboard', () => {
  it('uses only metrics that a server exports, by labels that they have', async () => {
    const metrics = await exported();
    for (const expr of expressions) {
      const names = metricsIn(expr);
      expect(names, expr).not.toHaveLength(0);
      expect(
        names.filter((name) => !metrics.has(name)),
        expr,
      ).toEqual([]);
      const labels = new Set(names.flatMap((name) => [...(metrics.get(name) ?? [])]));
      expect(
        labelsIn(expr).filter((label) => !labels.has(label)),
        expr,
      ).toEqual([]);
    }
    expect(JSON.stringify(dashboard.templating)).toContain('label_values(grpc_stream_started_total, model)');
  });

  it('shows every metric of the streams', async () => {
    const families = [...(await exported()).keys()].map((name) => name.replace(/_(sum|count)$/, '_bucket'));
    const ours = [...new Set(families)].filter((name) => name.startsWith('grpc_stream_'));
    const shown = new Set(expressions.flatMap(metricsIn));
    expect(ours.length).toBeGreaterThan(10);
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('has panels with unique ids that do not overlap', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    }
  });

  it('uses only variables that it declares, or that Grafana has', () => {
    const known = [...dashboard.templating.list.map(({ name }) => name), '__rate_interval'];
    const used = expressions.flatMap((expr) => [...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name));
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });
});
