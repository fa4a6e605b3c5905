import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import client from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EnvironmentError } from '../../src/errors/index.js';
import { prometheusMetrics } from '../../src/runtime/index.js';
import { type StartMetricsServerOptions, startMetricsServer } from '../../src/server/index.js';
import { inMemoryDelegate } from '../../src/testing/index.js';
import { readOverLoopback } from '../support/item-readers.js';
import { serveItems } from '../support/item-service.js';
import { itemRows } from '../support/items.js';
import { waitFor } from '../support/wait-for.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(options: Partial<StartMetricsServerOptions> = {}) {
  const server = await startMetricsServer({ register: new client.Registry(), port: 0, ...options });
  cleanups.push(server.stop);
  return server;
}

describe('startMetricsServer', () => {
  it('serves the metrics of streams, with those of the process', async () => {
    const register = new client.Registry();
    client.collectDefaultMetrics({ register });
    const { url } = await start({ register });
    const metrics = prometheusMetrics({ client, register });
    const items = await serveItems({ delegate: inMemoryDelegate(itemRows(1234)), metrics });
    cleanups.push(items.close);
    await readOverLoopback(items.client).ended;
    await waitFor('the end', () => items.summaries.length > 0);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await response.text()).split('\n');
    const labels = 'model="Item",method="test.v1.ItemStreamService/StreamItems"';
    expect(lines).toContain(`grpc_stream_rows_total{${labels}} 1234`);
    expect(lines).toContain(`grpc_stream_ended_total{${labels},end="done",status="OK"} 1`);
    expect(lines.some((line) => line.startsWith('process_cpu_seconds_total'))).toBe(true);
  });

  it('says whether the server may get calls and, if not, why', async () => {
    let why: string | undefined;
    const { url } = await start({ unhealthy: () => why });
    const well = await fetch(`${url}/healthz`);
    expect([well.status, await well.text()]).toEqual([200, 'ok\n']);
    why = 'shutting down';
    const unwell = await fetch(`${url}/healthz`);
    expect([unwell.status, await unwell.text()]).toEqual([503, 'shutting down\n']);
  });

  it('sends a policy with every answer by which the page runs only its own files', async () => {
    const { url } = await start();
    for (const path of ['/', '/page.js', '/metrics', '/nothing']) {
      const { headers } = await fetch(url + path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    '/nothing',
    '/../package.json',
    '/..%2fpackage.json',
    '//etc/passwd',
    '/page.js/',
    '/__proto__',
    '/constructor',
  ])('has nothing at %s', async (path) => {
    const { port } = await start();
    // Unlike fetch, this asks for the path as it is.
    const status = await new Promise((resolve, reject) => {
      request({ port, path }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
  });

  it('answers HEAD without a body, and refuses other methods', async () => {
    const { url } = await start();
    const head = await fetch(`${url}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('logs why metrics cannot be collected, and does not send it', async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const err = new Error('password of 10.0.0.5 refused');
    const { url } = await start({
      register: { contentType: 'text/plain', metrics: () => Promise.reject(err) },
      logger,
    });
    const response = await fetch(`${url}/metrics`);
    expect([response.status, await response.text()]).toEqual([
      500,
      'the metrics could not be collected; see the log\n',
    ]);
    expect(logger.error).toHaveBeenCalledWith({ err }, expect.any(String));
  });

  it('collects once for requests that come together', async () => {
    const answers: ((text: string) => void)[] = [];
    const metrics = () => new Promise<string>((resolve) => answers.push(resolve));
    const { url } = await start({ register: { contentType: 'text/plain', metrics } });
    const asked = Array.from({ length: 20 }, () => fetch(`${url}/metrics`));
    await waitFor('the first to ask', () => answers.length > 0);
    // Late ones may come after the answer: then they are answered together as well.
    const answering = setInterval(() => {
      for (const answer of answers) answer('some');
    }, 50);
    const texts = await Promise.all(asked.map(async (response) => (await response).text()));
    clearInterval(answering);
    expect(new Set(texts)).toEqual(new Set(['some']));
    expect(answers.length).toBeLessThan(10);
  });

  it.each([
    ['127.0.0.1', 200],
    ['localhost', 200],
    ['[::1]', 200],
    ['metrics.localhost', 200],
    ['LOCALHOST.', 200],
    ['rebound.example.org', 421],
    ['127.0.0.1.example.org', 421],
    ['192.168.1.7', 421],
  ])('answers a request for %s with %i where it listens for this machine only', async (host, status) => {
    const { port } = await start();
    const answer = await answerFor(port, `${host}:${port}`);
    expect(answer).toMatchObject({ status });
    if (status === 421) expect(answer.text).toContain('ask for localhost or 127.0.0.1, or listen on another address');
  });

  it('answers requests for any name where it listens for other machines', async () => {
    const { port } = await start({ host: '0.0.0.0' });
    expect(await answerFor(port, 'books.internal')).toMatchObject({ status: 200 });
  });

  /** `fetch` always sends the true host. */
  async function answerFor(port: number, host: string): Promise<{ status: number | undefined; text: string }> {
    const asked = request({ port, host: '127.0.0.1', path: '/metrics', headers: { host } }).end();
    const [response]: [IncomingMessage] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: response.statusCode, text: await text(response) };
  }

  it('says which port is in use, and what to do', async () => {
    const { port } = await start();
    const failure = await startMetricsServer({ register: new client.Registry(), port }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(EnvironmentError);
    expect(failure).toMatchObject({
      code: 'server.bind_metrics',
      message: expect.stringContaining(`cannot serve metrics on 127.0.0.1:${port}`),
      nextActions: ['choose another with --metrics-port (0 takes a free one) or --metrics-host'],
    });
  });

  it('stops while a page keeps its connection open', async () => {
    const server = await startMetricsServer({ register: new client.Registry(), port: 0 });
    await (await fetch(`${server.url}/metrics`)).text();
    await server.stop();
    await expect(fetch(server.url)).rejects.toThrow();
  });
});
