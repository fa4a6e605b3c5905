import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/index.js';
import { type Authority, type Certificates, openCertificates } from '../support/certificates.js';
import { spawnCli } from '../support/spawn-cli.js';
import { packageRoot } from '../support/temporary-folder.js';

let certificates: Certificates;
let authority: Authority;
let server: RunningServer;
beforeAll(async () => {
  certificates = await openCertificates();
  authority = await certificates.authority('ours');
  server = await startServer({ port: 0, services: [], tls: await authority.issue('books') });
});
afterAll(async () => {
  await server?.stop(1);
  await certificates?.remove();
});

const DEMO = ['--cwd', join(packageRoot, 'prisma')];
const UNTRUSTED = /the certificate of .* cannot be verified \(.*\): trust its authority with --tls-ca/;

describe('read, from a server whose certificate cannot be verified', () => {
  it('ends at once, and says which flag mends it', async () => {
    const { exitCode, stderr } = await spawnCli([...DEMO, 'read', 'Book', '--target', server.address, '--tls']);
    expect(stderr).toMatch(UNTRUSTED);
    expect(stderr).not.toContain('trying again');
    expect(exitCode).toBe(3);
  });

  it('prints nothing of Node about an address without a name', async () => {
    const { stderr } = await spawnCli([...DEMO, 'read', 'Book', '--target', server.address, '--tls']);
    expect(server.address).toMatch(/^127\./);
    expect(stderr).not.toContain('DEP0123');
  });
});

/** The command of the command line, and the one of a production install. */
const health = {
  'grpc-stream health': async (...args: string[]) => spawnCli(['health', ...args]),
  'grpc-stream-health': async (...args: string[]) => {
    const child = spawn(process.execPath, [join(packageRoot, 'dist/bin/grpc-stream-health.js'), ...args]);
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
    return { exitCode: child.exitCode, stderr };
  },
};

describe.each(Object.entries(health))('%s', (_name, check) => {
  it('names flags that it has, for a server behind TLS', async () => {
    const plain = await check(server.address);
    expect([plain.exitCode, plain.stderr]).toEqual([3, expect.stringContaining('give --tls or --tls-ca')]);
    const trusting = await check(server.address, '--tls');
    expect([trusting.exitCode, trusting.stderr]).toEqual([3, expect.stringMatching(UNTRUSTED)]);
    const knowing = await check(server.address, '--tls-ca', authority.cert);
    expect([knowing.exitCode, knowing.stderr]).toEqual([0, expect.stringContaining(`${server.address} is SERVING`)]);
    expect(trusting.stderr + knowing.stderr).not.toContain('DEP0123');
  });

  it('refuses arguments that it does not know', async () => {
    const { exitCode, stderr } = await check('--colour', 'red');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--colour')]);
    expect((await check('--timeout', 'soon')).exitCode).toBe(2);
  });
});
