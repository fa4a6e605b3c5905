import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { packageRoot } from './built-demo.js';

/** One setting of one scenario. */
const smallest = ['--scenario', 'throughput', '--rows', '500', '--rounds', '1', '--chunk', '500', '--batch', '0'];

/** A bench is waited for, and a busy machine takes its time. */
const PATIENCE = { timeout: 240_000 };

let folder: string;
let scratch: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-command-'));
  scratch = await mkdtemp(join(tmpdir(), 'bench-scratch-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
  await rm(scratch, { recursive: true });
});

function bench(...args: string[]) {
  return run(['bench', ...args]);
}

function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(packageRoot, 'dist/bin/grpc-stream.js'), ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: scratch, ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  const done = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
  return { child, output, done };
}

const cellShape = z.looseObject({
  chunk: z.number(),
  checkInterval: z.number(),
  rowsPerSecond: z.number(),
  firstRowMs: z.number(),
  gapP50Ms: z.number(),
  gapP99Ms: z.number(),
  serverPeakRssMb: z.number(),
});
const resultShape = z.looseObject({ schemaVersion: z.literal(3), cells: z.array(cellShape), table: z.looseObject({}) });

describe('grpc-stream bench', () => {
  it('prints its tables and advice when asked to, and last the answer, and keeps the result', async () => {
    const { code, stdout, stderr } = await bench(
      '--scenario',
      'throughput,cancel',
      '--rows',
      '2000',
      '--rounds',
      '2',
      '--chunk',
      '500,1000',
      '--full',
    ).done;
    expect(stderr).toContain('saved to .grpc-stream/bench/');
    expect(stderr.match(/^- (warming up$|measuring: round \d of 2, )/gm)).toEqual([
      '- warming up',
      '- measuring: round 1 of 2, ',
      '- measuring: round 2 of 2, ',
    ]);
    const [first, second] = [...stderr.matchAll(/round \d of 2, (\d+)%/g)].map(([, share]) => Number(share));
    expect(first).toBeLessThan(50);
    expect(second).toBeGreaterThanOrEqual(50);
    expect(code).toBe(0);
    for (const title of [
      'Throughput',
      'First row, and gaps',
      'Where the server’s time went',
      'Cancellation',
      'Guidance',
      'Answer',
    ])
      expect(stdout).toContain(title);
    // A command is one line, to be copied.
    const lines = stdout.split('\n').filter((line) => !line.includes('npx grpc-stream bench '));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const [saved] = await readdir(join(folder, '.grpc-stream/bench'));
    resultShape.parse(JSON.parse(await readFile(join(folder, '.grpc-stream/bench', saved ?? ''), 'utf8')));
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const { code, stdout, stderr } = await bench(...smallest, '--json', '--quiet', '--out', 'result.json').done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = resultShape.parse(JSON.parse(stdout));
    expect(result.cells.map(({ chunk }) => chunk)).toContain(500);
    expect(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'))).toEqual(result);
  });

  it.each([
    [['--chunk', '0'], '--chunk is "0"'],
    [['--chunk', '-1'], '--chunk is "-1"'],
    [['--chunk', 'abc'], '--chunk is "abc"'],
    [['--chunk', '1000000000'], '--chunk is "1000000000"'],
    [['--chnk', '1'], 'unknown option'],
  ])('refuses %j with exit code 2, one clear message and no stack trace', async (args, message) => {
    const { code, stdout, stderr } = await bench(...args).done;
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes on with a remark when it cannot keep the result', async () => {
    await writeFile(join(folder, '.grpc-stream'), 'in the way');
    const { code, stdout, stderr } = await bench(...smallest).done;
    expect(code).toBe(0);
    expect(stdout).toContain('Rows/s at each chunk size');
    expect(stderr).toMatch(/warning not saved: .*\.json cannot be written/);
  });

  it('shows what it measured where a report cannot be written, and says so', async () => {
    await writeFile(join(folder, 'file'), 'in the way');
    for (const place of ['--html', '--out']) {
      const { code, stdout, stderr } = await bench(...smallest, place, 'file/r').done;
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('cannot be written') });
      expect(stdout).toContain('Rows/s at each chunk size');
    }
  });

  it('refuses what a project’s table cannot be measured for before it measures anything', async () => {
    const env = { DATABASE_URL: `file:${join(scratch, 'project.db')}` };
    const config = ['--config', join(packageRoot, 'prisma/grpc-stream.config.ts')];
    const refusal = async (...flags: string[]) => {
      const { code, stderr } = await run(['bench', ...config, ...flags], env).done;
      expect(stderr).not.toContain('plan:');
      return { code, stderr };
    };
    expect(await run(['seed', ...config, '--rows', '300'], env).done).toMatchObject({ code: 0 });
    expect(await refusal('--model', 'Nope')).toMatchObject({ code: 2, stderr: expect.stringContaining('one of: ') });
    const rowBytes = { code: 2, stderr: expect.stringContaining('your project’s table has its own') };
    expect(await refusal('--row-bytes', '1000')).toMatchObject(rowBytes);
    const inParts = { code: 2, stderr: expect.stringContaining('which has 300 rows; --rows is 100') };
    expect(await refusal('--scenario', 'partitions', '--rows', '100')).toMatchObject(inParts);
  });

  it('reads a project’s own table, and writes nothing to it', async () => {
    const url = `file:${join(scratch, 'project.db')}`;
    const config = ['--config', join(packageRoot, 'prisma/grpc-stream.config.ts')];
    const seeded = await run(['seed', ...config, '--rows', '1500'], { DATABASE_URL: url }).done;
    expect(seeded).toMatchObject({ code: 0 });
    const before = await readFile(join(scratch, 'project.db'));
    const { code, stdout, stderr } = await run(['bench', ...config, ...smallest, '--json', '--quiet'], {
      DATABASE_URL: url,
    }).done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(resultShape.parse(JSON.parse(stdout)).table).toMatchObject({ source: 'project', model: 'Book', rows: 500 });
    expect(before.equals(await readFile(join(scratch, 'project.db')))).toBe(true);
  });

  it('says what a project’s database lacks', async () => {
    const config = ['--config', join(packageRoot, 'prisma/grpc-stream.config.ts')];
    const { code, stderr } = await run(['bench', ...config], { DATABASE_URL: `file:${join(scratch, 'none.db')}` }).done;
    expect(code).toBe(3);
    expect(stderr).toContain('does not exist');
  });

  it('ends with 130 on Ctrl-C, leaves no process and no scratch folder behind, and goes on with --resume', async () => {
    const history = join(folder, '.grpc-stream/bench');
    const kept = async () => (await readdir(history).catch(() => [])).filter((name) => name.endsWith('.partial.jsonl'));
    const { child, done } = bench('--rows', '2000', '--scenario', 'throughput', '--rounds', '900', '--batch', '0');
    await vi.waitFor(async () => expect(await kept()).toHaveLength(1), PATIENCE);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await done;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/the measurements so far are saved \(\d+\); --resume continues after them/);
    const left = await readdir(scratch);
    expect(left.filter((name) => name.startsWith('grpc-stream-bench-'))).toEqual([]);
    const resumed = await bench('--resume', '--max-time', '1', '--json').done;
    expect(resumed.stderr).toMatch(/going on with the bench of .*: (one measurement is|\d+ measurements are) there/);
    const { cells } = resultShape.parse(JSON.parse(resumed.stdout));
    // Chunks that are longer than the table are left out.
    expect(cells).toHaveLength(9);
    expect((await readdir(history)).map((name) => name.replace(/^.*Z/, ''))).toEqual(['.json']);
  });

  it.each([
    [['--resume'], 'no bench was interrupted here'],
    [['--resume', '--chunk', '5'], '--chunk would change them'],
    [['--rows', '100000000'], 'for a single round, and --max-time is 480 seconds'],
    [['--scenario', 'cancel', '--target', 'localhost:1', '--service', 'a.v1.BookStreamService'], 'seen from outside'],
    [['--target', 'localhost'], '--target is "localhost"; it must be host:port'],
    [['--target', 'localhost:1', '--service', 'Books'], '--service is "Books"'],
    [['--target', 'localhost:1', '--service', 'a.BookStreamService', '--tls-cert', 'x'], 'go together'],
  ])('refuses %j before it begins', async (args, message) => {
    const { code, stdout, stderr } = await bench(...args).done;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('keeps what was measured when the server is killed in its midst', async () => {
    const { output, done } = bench('--rows', '2000', '--scenario', 'throughput', '--rounds', '900', '--batch', '0');
    await vi.waitFor(() => expect(output.stderr).toContain('warming up'), PATIENCE);
    const servers = await serverProcesses();
    for (const pid of servers) process.kill(pid, 'SIGKILL');
    const { code, stderr } = await done;
    expect(servers).not.toEqual([]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/the server process ended before its work was done \(killed by SIGKILL\)/);
    expect(stderr).toContain('--resume continues after them');
  });
});

/** Servers whose database is in this test's scratch folder. */
async function serverProcesses(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (what: string) => readFile(`/proc/${pid}/${what}`, 'utf8').catch(() => '');
      const [command, environment] = await Promise.all([read('cmdline'), read('environ')]);
      return command.includes('server-process.js') && environment.includes(scratch) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
