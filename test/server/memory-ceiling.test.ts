import type { ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkHealth } from '../../src/server/index.js';
import { bookClient } from '../support/book-client.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject, type ServedProject, serveProject } from '../support/served-project.js';
import { waitFor } from '../support/wait-for.js';

const ROWS = 10_000;
const STREAMS = 200;
const url = 'file:./ceiling.db';

let project: Awaited<ReturnType<typeof generatedProject>>;
let server: ServedProject;

beforeAll(async () => {
  project = await generatedProject('sqlite');
  await runNode(project.folder, [cli, 'seed', '--model', 'Book', '--rows', `${ROWS}`, '--quiet'], {
    DATABASE_URL: url,
  });
  server = await serveProject(project.folder, { url }, { env: { NODE_OPTIONS: '--max-old-space-size=64' } });
});

afterAll(async () => {
  await server?.kill();
  await project?.remove();
});

it('refuses the streams for which a small heap has no room, and serves the others', async () => {
  const client = bookClient(project.folder, server.address);
  const refusals: ServiceError[] = [];
  let served = 0;
  // Nobody reads a row: each stream holds what it may.
  const streams = Array.from({ length: STREAMS }, () => client.open('streamBooks'));
  for (const stream of streams) {
    stream.on('error', (error: ServiceError) => refusals.push(error));
    stream.on('metadata', () => served++);
  }
  await waitFor('an answer to every call', () => served + refusals.length >= STREAMS, 120_000);
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.length).toBeLessThan(STREAMS);
  expect(new Set(refusals.map(({ code, details }) => `${code} ${details}`))).toEqual(
    new Set([
      expect.stringMatching(
        /^8 the server's memory has room for \d+ streams at a time; give the server more memory: 64 MiB of heap \(--max-old-space-size\) is its limit$/,
      ),
    ]),
  );
  expect(await checkHealth({ address: server.address, timeoutMs: 60_000 })).toBe('SERVING');
  for (const stream of streams) stream.cancel();
  const { ids, status } = await client.read();
  expect([ids.length, status.code]).toEqual([ROWS, 0]);
  client.close();
});
