import { describe, expect, it } from 'vitest';
import { type TemporaryProject, temporaryProject } from '../support/spawn-cli.js';

const SCHEMA = `generator client {
  provider = "prisma-client-js"
}

datasource db {
  provider = "postgresql"
}

model Good {
  id Int @id
}

model Blob {
  hash Bytes @id
}

model Twice {
  id        Int    @id
  fullName  String
  full_name String
}

model Ticket {
  id    Int    @id
  state State
}

enum State {
  UNSPECIFIED
}

model Typo {
  id     Int    @id
  /// @grpc.omitted
  secret String
}

/// @grpc.omit
model Hidden {
  id Int @id
}
`;

let project: TemporaryProject;

async function projectWith(schema: string): Promise<TemporaryProject> {
  return temporaryProject({ 'package.json': '{ "name": "any", "type": "module" }', 'prisma/schema.prisma': schema });
}

describe('a schema that nobody has seen', () => {
  it('is generated as far as it can be, and every model that is left out is told with its place and what to do', async () => {
    project = await projectWith(SCHEMA);
    const { exitCode, stderr } = await project.run('generate');
    expect(exitCode).toBe(0);
    const warnings = stderr.split('\n').filter((line) => line.startsWith('warning '));
    const at = (line: number) => `warning ${project.folder}/prisma/schema.prisma:${line}: `;
    expect(warnings).toEqual([
      'warning no Prisma client was generated: the schema has no prisma-client generator with an output; add: generator client { provider = "prisma-client" output = "../src/generated/prisma" }',
      `${at(32)}model "Typo" is left out: field "secret" has @grpc.omitted, which means nothing on a field; it can have @grpc.omit, @grpc.allow, @grpc.number(7)`,
      `${at(17)}model "Twice" is left out: field "fullName" of model "Twice" and field "full_name" of model "Twice" would both be full_name in the proto; rename one (@map keeps its column)`,
      `${at(23)}model "Ticket" is left out: the zero value of enum "State" and value "UNSPECIFIED" of enum "State" would both be STATE_UNSPECIFIED in the proto; rename a value (@map keeps what the database stores)`,
    ]);
    expect(stderr).toMatch(/✔ 2 models \(3 left out\), \d+ files written\n$/);
    const files = Object.keys(await project.files()).filter((path) => path.startsWith('proto/'));
    expect(files).toEqual([
      'proto/any/v1/blob.proto',
      'proto/any/v1/good.proto',
      'proto/any/v1/streaming.proto',
      'proto/grpc-stream.lock.json',
    ]);
  });

  it('tells programs the same', async () => {
    project = await projectWith(SCHEMA);
    const { stdout } = await project.run('generate', '--json', '--no-client');
    const { models, skipped }: { models: unknown; skipped: { name: string; line: number }[] } = JSON.parse(stdout);
    expect(models).toEqual([
      { name: 'Good', key: ['id'] },
      { name: 'Blob', key: ['hash'] },
    ]);
    expect(skipped.map(({ name, line }) => `${name}:${line}`)).toEqual(['Typo:32', 'Twice:17', 'Ticket:23']);
  });

  it('of which nothing can be streamed is refused, with all reasons at once', async () => {
    project = await projectWith(SCHEMA.replace(/model (Good|Blob)/g, '/// @grpc.omitted\n$&'));
    const { exitCode, stderr } = await project.run('generate');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/no model can be streamed/);
    for (const name of ['Good', 'Blob', 'Typo', 'Twice', 'Ticket']) expect(stderr).toContain(`model "${name}" `);
    expect(Object.keys(await project.files())).toEqual(['package.json', 'prisma/schema.prisma']);
  });
});
