import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type TemporaryProject, temporaryProject } from '../support/spawn-cli.js';

const SCHEMA = `generator client {
  provider = "prisma-docs-generator"
}

datasource db {
  provider = "postgresql"
}

model Good {
  id Int @id
}

model Blob {
  hash DateTime @id @db.Timetz(3)
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
      `${at(13)}model "Blob" has only the key hash, but Prisma reads hash less precisely than the database stores it, so rows would be sent twice or not at all; add @id or @@unique over other columns`,
      `${at(32)}model "Typo" is left out: field "secret" has @grpc.omitted, which means nothing on a field; it can have @grpc.omit, @grpc.allow, @grpc.number(7), @grpc.name(full_title)`,
    ]);
    expect(stderr).toContain(
      'note field "full_name" of model "Twice" is full_name_2 in the API, since full_name is the name of field "fullName" of model "Twice"\n',
    );
    expect(stderr).toMatch(/✔ 3 models \(2 left out\), \d+ files written\n$/);
    const files = Object.keys(await project.files()).filter((path) => path.startsWith('proto/any'));
    expect(files).toEqual(
      ['enums', 'good', 'streaming', 'ticket', 'twice'].map((name) => `proto/any/v1/${name}.proto`),
    );
  });

  it('tells programs the same', async () => {
    project = await projectWith(SCHEMA);
    const { stdout } = await project.run('generate', '--json', '--no-client');
    const { models, skipped }: { models: unknown; skipped: { name: string; line: number }[] } = JSON.parse(stdout);
    expect(models).toEqual(['Good', 'Twice', 'Ticket'].map((name) => ({ name, key: ['id'] })));
    expect(skipped.map(({ name, line }) => `${name}:${line}`)).toEqual(['Blob:13', 'Typo:32']);
  });

  it('of which nothing can be streamed is refused, with all reasons at once', async () => {
    project = await projectWith(SCHEMA.replaceAll(/id( +)Int( +)@id/g, 'id DateTime @id @db.Timetz(3)'));
    const { exitCode, stderr } = await project.run('generate');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/no model can be streamed/);
    for (const name of ['Good', 'Blob', 'Typo', 'Twice', 'Ticket']) expect(stderr).toContain(`model "${name}" `);
    expect(Object.keys(await project.files())).toEqual(['package.json', 'prisma/schema.prisma']);
  });

  it('keeps what is in service: an edit that would leave it out fails, and writes nothing', async () => {
    project = await projectWith(SCHEMA);
    await project.run('generate', '--no-client');
    const before = await project.files();
    const path = join(project.folder, 'prisma/schema.prisma');
    await writeFile(path, SCHEMA.replace('fullName  String', 'fullName  String /// @grpc.omitt'));
    const { exitCode, stderr } = await project.run('generate', '--no-client');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('model "Twice" is left out: field "fullName" has @grpc.omitt');
    expect(stderr).toContain('it is in service');
    await writeFile(path, SCHEMA);
    expect(await project.files()).toEqual(before);
    const { exitCode: again, stdout } = await project.run('generate', '--check', '--json');
    expect({ again, apiChanges: JSON.parse(stdout).apiChanges }).toEqual({ again: 0, apiChanges: [] });
  });
});
