import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { checkHealth } from '../../src/server/index.js';
import { cli, runNode } from '../support/linked-project.js';
import { grpcMessage } from '../support/raw-http2.js';
import { generatedProject } from '../support/served-project.js';

/** More than a pipe and both of its sockets' buffers hold: a line is longer than 200 bytes. */
const CALLS = 2500;

const url = 'file:./unread.db';

let project: Awaited<ReturnType<typeof generatedProject>>;

beforeAll(async () => {
  project = await generatedProject('sqlite');
  await runNode(project.folder, [cli, 'seed', '--model', 'Book', '--rows', '10', '--quiet'], { DATABASE_URL: url });
});

afterAll(() => project?.remove());

// A worker inherits the pipe of its primary, and the start of one makes it blocking for all.
it.each([1, 3])('a log that nobody reads stops neither %i processes that serve nor their end', async (workers) => {
  const server = serve(workers);
  const { address, stopReading } = await listening(server);
  stopReading();
  await refusedCalls(address, CALLS);
  expect(await checkHealth({ address, timeoutMs: 30_000 })).toBe('SERVING');
  server.kill('SIGTERM');
  expect(await once(server, 'exit')).toEqual([0, null]);
});

it('a log that is read has every line, up to the last', async () => {
  const server = serve(1);
  const lines: string[] = [];
  const { address } = await listening(server, lines);
  await refusedCalls(address, 500);
  server.kill('SIGTERM');
  await once(server, 'close');
  const messages = lines.map((line) => JSON.parse(line).msg);
  expect(messages.filter((message) => message === 'call ended')).toHaveLength(500);
  expect(messages.at(-1)).toBe('shutting down');
});

function serve(workers: number): ChildProcess {
  const env = {
    DATABASE_URL: url,
    GRPC_STREAM_PORT: '0',
    GRPC_STREAM_WORKERS: `${workers}`,
    GRPC_STREAM_MAX_CALLS_PER_SECOND: '0',
    GRPC_STREAM_SHUTDOWN_GRACE: '1',
  };
  const server = spawn(process.execPath, [cli, 'serve', '--json'], {
    cwd: project.folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  return server;
}

async function listening(
  server: ChildProcess,
  lines: string[] = [],
): Promise<{ readonly address: string; stopReading(): void }> {
  const { stdout, stderr } = server;
  if (!stdout || !stderr) throw new Error('the server has no pipes');
  const log = createInterface({ input: stderr }).on('line', (line) => lines.push(line));
  const [line] = await once(createInterface({ input: stdout }), 'line');
  return {
    address: String(JSON.parse(String(line)).address),
    stopReading() {
      log.close();
      stderr.pause();
    },
  };
}

const NO_REQUEST = grpcMessage(Buffer.from([0xff]));

/** Calls whose request is none: each is a line of the log, and little else. */
async function refusedCalls(address: string, count: number): Promise<void> {
  const session = connect(`http://${address}`);
  session.on('error', () => {});
  const call = async () => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/library.v1.BookStreamService/StreamBooks',
      'content-type': 'application/grpc',
    });
    stream.resume().end(NO_REQUEST);
    await once(stream, 'close');
  };
  for (let called = 0; called < count; called += 100) await Promise.all(Array.from({ length: 100 }, call));
  session.destroy();
}
