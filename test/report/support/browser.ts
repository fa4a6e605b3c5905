import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's; `.ci/run` installs it. */
export const CHROMIUM = '/usr/bin/chromium';

export interface OpenPageOptions {
  readonly width: number;
  readonly theme: 'light' | 'dark';
}

/** A page that was opened from a file, and all that went wrong or was asked of others while it was. */
export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Opens a text as a file, the way a reader does who got it by mail. */
export async function openPage(browser: Browser, text: string, { width, theme }: OpenPageOptions): Promise<OpenPage> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-page-'));
  const file = join(folder, 'report.html');
  await writeFile(file, text);
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
  page.once('close', () => void rm(folder, { recursive: true }));
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}
