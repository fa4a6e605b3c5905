import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import client from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { prometheusMetrics } from '../../src/runtime/index.js';
import { type RunningMetricsServer, startMetricsServer } from '../../src/server/index.js';
import { inMemoryDelegate } from '../../src/testing/index.js';
import { readOverLoopback } from '../support/item-readers.js';
import { type ServedItems, serveItems } from '../support/item-service.js';
import { itemRows } from '../support/items.js';
import { waitFor } from '../support/wait-for.js';

/** Debian's; `.ci/run` installs it. */
const CHROMIUM = '/usr/bin/chromium';
const hasBrowser = existsSync(CHROMIUM);
if (!hasBrowser) process.stderr.write(`the live page is not tested: there is no ${CHROMIUM}\n`);

const PATIENCE = { timeout: 30_000 };
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };

describe.skipIf(!hasBrowser)('the live page', () => {
  let browser: Browser;
  let items: ServedItems;
  let server: RunningMetricsServer;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    const register = new client.Registry();
    items = await serveItems({
      delegate: inMemoryDelegate(itemRows(20_000, 1000)),
      metrics: prometheusMetrics({ client, register }),
      settings: { yieldTimeout: 600 },
    });
    server = await startMetricsServer({ register, port: 0 });
    for (let stream = 0; stream < 3; stream++) await readOverLoopback(items.client).ended;
    // One that waits for its client all the while.
    const held = readOverLoopback(items.client, { stopAfter: 50 });
    await waitFor('the client to stop', () => held.rows.length === 50);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await items?.close();
  });
  afterEach(() => page.close());

  async function open(viewport = DESK, colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
    page = await browser.newPage({ viewport, colorScheme });
    complaints = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(server.url);
    await shows('#running', /^1$/);
    // Rates need a second reading.
    await shows('#rows', /^\d/);
  }

  const textOf = async (selector: string) => (await page.textContent(selector)) ?? '';
  // From outside: the page's policy forbids what playwright would evaluate in it again and again.
  const shows = (selector: string, pattern: RegExp) => expect.poll(() => textOf(selector), PATIENCE).toMatch(pattern);

  it('shows running streams, what they wait for, and how streams ended', async () => {
    await open();
    await shows('#backpressure', /^100%$/);
    expect(await textOf('#queued')).toMatch(/^[\d.,]+ KiB$/);
    expect(await textOf('#ends')).toMatch(/done\s*OK\s*3\s*100%/);
    expect(await textOf('#methods')).toMatch(/Item\s*StreamItems\s*1/);
    expect(await textOf('#status')).toBe('up to date');
    expect(complaints).toEqual([]);
  });

  it('follows a stream as it runs', async () => {
    await open();
    const before = await textOf('#ends');
    await readOverLoopback(items.client).ended;
    await shows('#rows', /^[1-9]/);
    await expect.poll(() => textOf('#ends'), PATIENCE).not.toBe(before);
    expect(await page.getAttribute('#rate', 'aria-label')).toMatch(/rows a second, at most/);
    expect(await page.getAttribute('#rate-line', 'd')).toMatch(/^M0 .* L/);
    await keepPicture('running');
  });

  it('says that the server does not answer, and continues when it answers again', async () => {
    await open();
    await page.route('**/metrics', (route) => route.abort());
    await shows('#status', /^the server cannot be read/);
    await page.unroute('**/metrics');
    await shows('#status', /^up to date$/);
  });

  it('can be paused and resumed with the keyboard', async () => {
    await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('pause');
    await page.keyboard.press('Space');
    expect(await page.getAttribute('#pause', 'aria-pressed')).toBe('true');
    expect(await textOf('#status')).toBe('paused');
    await page.keyboard.press('Enter');
    await shows('#status', /^up to date$/);
  });

  describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
    it.each([
      ['a desk', DESK],
      ['a phone', PHONE],
    ])('is accessible and fits on %s', async (name, viewport) => {
      await open(viewport, theme);
      await page.evaluate(axe.source);
      const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
      expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
      expect(complaints).toEqual([]);
      await keepPicture(`${theme}-${name.replace(' ', '-')}`);
    });
  });

  /** For eyes: `LIVE_PAGE_PICTURES=folder npx vitest run test/server/live-page.test.ts`. */
  async function keepPicture(name: string): Promise<void> {
    const { LIVE_PAGE_PICTURES: folder } = process.env;
    if (folder === undefined) return;
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }
});
