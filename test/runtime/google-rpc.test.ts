import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const STATUS = 'src/runtime/status';
const ROOT = join(import.meta.dirname, '../..');

it('the code of google.rpc.Status is what `npm run generate:status` makes of its proto', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-status-'));
  try {
    const bin = join(ROOT, 'node_modules/.bin');
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const args = ['generate', '--template', `${STATUS}/buf.gen.yaml`, '--output', folder];
    await promisify(execFile)(join(bin, 'buf'), args, { cwd: ROOT, env });
    const generated = `${STATUS}/generated/google-rpc.ts`;
    expect(await readFile(join(folder, generated), 'utf8')).toBe(await readFile(join(ROOT, generated), 'utf8'));
  } finally {
    await rm(folder, { recursive: true });
  }
});
