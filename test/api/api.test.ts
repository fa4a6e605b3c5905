import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linkedProject, runNode } from '../support/linked-project.js';

/** What a user's program sees: the package as it is built, in a project of its own. */
async function inProject<T>(project: string, script: string): Promise<T> {
  const program = `import * as grpcStream from 'grpc-stream';\n${script}`;
  return JSON.parse(await runNode(project, ['--input-type=module', '-e', program]));
}

const generate = (options: object) => `
  const { files, apiChanges } = await grpcStream.generate(${JSON.stringify(options)});
  console.log(JSON.stringify({ kinds: [...new Set(files.map(({ kind }) => kind))], files: files.length, apiChanges }));`;

interface Generated {
  readonly kinds: readonly string[];
  readonly files: number;
  readonly apiChanges: readonly { readonly subject: string; readonly level: string }[];
}

describe('generate', () => {
  it('returns the changes, writes them, and then has none', async () => {
    const project = await linkedProject('sqlite');
    const planned = await inProject<Generated>(project, generate({ write: false }));
    expect(planned).toMatchObject({ kinds: ['create'], apiChanges: [] });
    expect(await inProject(project, generate({}))).toEqual(planned);
    expect(await inProject(project, generate({}))).toEqual({ kinds: [], files: 0, apiChanges: [] });
  });

  it('throws the problem of a schema, with its place', async () => {
    const project = await linkedProject('sqlite');
    await writeFile(join(project, 'prisma/schema.prisma'), 'model Book {');
    const told = await inProject<{ location: { file: string; line: number } }>(
      project,
      `console.log(JSON.stringify(await grpcStream.generate().catch((error) => ({
        isOurs: error instanceof grpcStream.SchemaError, code: error.code, location: error.location }))));`,
    );
    expect(told).toMatchObject({ isOurs: true, code: 'schema.invalid', location: { line: 1 } });
    expect(told.location.file).toMatch(/schema\.prisma$/);
  });
});

describe('runBench', () => {
  it('measures the demo where there is no project, by the names of the flags', async () => {
    const project = await linkedProject('sqlite');
    await rm(join(project, 'grpc-stream.config.ts'));
    const result = await inProject<{ chunks: number[]; cells: number; table: { rows: number }; rounds: number }>(
      project,
      `const { settings, cells, table, rounds } = await grpcStream.runBench({
        quick: true, scenario: 'throughput', chunk: [100, 1000], checkInterval: 100, batch: 0, rows: 1000, rounds: 1 });
      console.log(JSON.stringify({ chunks: settings.chunks, cells: cells.length, table, rounds }));`,
    );
    expect(result).toMatchObject({ chunks: [100, 1000], cells: 2, table: { rows: 1000 }, rounds: 1 });
  });

  it('refuses a model whose services were not generated, and an invalid value', async () => {
    const project = await linkedProject('sqlite');
    const codes = await inProject(
      project,
      `const code = (options) => grpcStream.runBench(options).catch((error) => error.code);
      console.log(JSON.stringify([await code({ model: 'Book' }), await code({ chunk: 0 })]));`,
    );
    expect(codes).toEqual(['bench.no_project', 'bench.invalid_flag']);
  });
});
