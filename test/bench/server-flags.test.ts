import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { soonSteadyFlags } from '../../src/bench/processes/server-flags.js';

it('the flags of the bench’s server are known to this version of Node: the garbage collector, and one of V8’s counts', async () => {
  const flags = await soonSteadyFlags();
  const started = await promisify(execFile)(process.execPath, [...flags, '-p', 'typeof gc']);
  expect(started).toEqual({ stdout: 'function\n', stderr: '' });
  expect(flags).toEqual([
    '--expose-gc',
    expect.stringMatching(/^--(interrupt-budget|invocation-count-for-turbofan)=\d+$/),
  ]);
});
