import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../../src/results/index.js';
import { exampleResult, undecidedGuidance } from '../support/bench-result.js';
import { type TemporaryProject, temporaryProject } from '../support/spawn-cli.js';

let project: TemporaryProject;

/** Reports of a saved result are shown, and its advice applied, as after a fresh run. */
async function apply(files: Readonly<Record<string, string>>, result: BenchResult, ...flags: string[]) {
  project = await temporaryProject({ ...files, 'result.json': JSON.stringify(result) });
  const run = await project.run('bench', 'report', 'result.json', '--apply', ...flags);
  return { ...run, files: await project.files() };
}

const config = 'export default {\n  streaming: {\n    chunkSize: 100,\n    yieldTimeout: 5,\n  },\n};\n';

describe('bench report --apply', () => {
  it('writes what is clear into the configuration, after showing the change', async () => {
    const { exitCode, stderr, files } = await apply({ 'grpc-stream.config.mjs': config }, exampleResult(), '--yes');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('-    chunkSize: 100,'),
    });
    expect(files['grpc-stream.config.mjs']).toBe(
      config
        .replace('chunkSize: 100,', 'chunkSize: 1000,')
        .replace('  },\n', '    cancellationCheckInterval: 10,\n  },\n'),
    );
    expect(Object.keys(files).sort()).toEqual(['grpc-stream.config.mjs', 'result.json']);
  });

  it('writes nothing that nobody agreed to', async () => {
    const { exitCode, stderr, files } = await apply({ 'grpc-stream.config.mjs': config }, exampleResult());
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no terminal to ask on');
    expect(files['grpc-stream.config.mjs']).toBe(config);
  });

  it('leaves a file that it does not understand as it is, and prints what to write', async () => {
    const made = 'const make = () => ({});\nexport default make();\n';
    const { exitCode, stderr, files } = await apply({ 'grpc-stream.config.mjs': made }, exampleResult(), '--yes');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('chunkSize: 1000,');
    expect(files['grpc-stream.config.mjs']).toBe(made);
  });

  it('leaves a file alone whose meaning would not be what was asked for', async () => {
    const overridden =
      'const own = { streaming: { chunkSize: 7 } };\nexport default { streaming: { yieldTimeout: 5 }, ...own };\n';
    const { stderr, files } = await apply({ 'grpc-stream.config.mjs': overridden }, exampleResult(), '--yes');
    expect(stderr).toContain('cannot be changed safely');
    expect(files['grpc-stream.config.mjs']).toBe(overridden);
    expect(Object.keys(files).sort()).toEqual(['grpc-stream.config.mjs', 'result.json']);
  });

  it('applies nothing that the noise cannot tell', async () => {
    const result = exampleResult();
    const guidance = undecidedGuidance(result);
    const { stderr, files } = await apply({ 'grpc-stream.config.mjs': config }, { ...result, guidance }, '--yes');
    expect(stderr).toContain('nothing to apply');
    expect(files['grpc-stream.config.mjs']).toBe(config);
  });

  it('applies what is surely faster than what is set now, also where a better value is open', async () => {
    const result = exampleResult();
    const guidance = result.guidance.map((advice) => ({ ...advice, confidence: 'unclear' as const }));
    const { stderr, files } = await apply({ 'grpc-stream.config.mjs': config }, { ...result, guidance }, '--yes');
    expect(stderr).toContain('applied to grpc-stream.config.mjs');
    expect(files['grpc-stream.config.mjs']).toContain('chunkSize: 1000');
    expect(files['grpc-stream.config.mjs']).not.toContain('cancellationCheckInterval: 10,');
  });

  it('says that there is nothing to do', async () => {
    const done = 'export default { streaming: { chunkSize: 1000, cancellationCheckInterval: 10 } };\n';
    const { stderr } = await apply({ 'grpc-stream.config.mjs': done }, exampleResult(), '--yes');
    expect(stderr).toContain('has these settings already');
  });
});
