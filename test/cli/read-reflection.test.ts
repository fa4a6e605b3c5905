import { join } from 'node:path';
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openChannel } from '../../src/client/index.js';
import { openReflection } from '../../src/client/reflection/open-reflection.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject, type ServedProject, serveProject } from '../support/served-project.js';
import { type CliRun, spawnCli } from '../support/spawn-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Every type that SQLite has, and a key with a time in it, which only the orders tell from a time of another order. */
const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "../src/generated/prisma"
}

datasource db {
  provider = "sqlite"
}

enum Mood {
  CALM
  NOT_CALM
  ON_EDGE
}

model Reading2D {
  takenAt   DateTime
  sensorId  Int
  label     String
  isGood    Boolean
  total     BigInt
  ratio     Float
  price     Decimal
  raw       Bytes
  notes     Json
  mood      Mood
  maybeText String?
  maybeInt  Int?
  maybeAt   DateTime?
  maybeMood Mood?

  @@id([takenAt, sensorId])
  @@index([label])
  @@index([maybeAt(sort: Desc), label])
}

model Place {
  id   Int    @id
  name String
}
`;

let project: Awaited<ReturnType<typeof generatedProject>>;
let server: ServedProject;
let closed: ServedProject;
beforeAll(async () => {
  project = await generatedProject('sqlite', { schema: () => SCHEMA });
  const database = { url: `file:${join(project.folder, 'dev.db')}` };
  const env = { DATABASE_URL: database.url };
  await runNode(project.folder, [cli, 'seed', '--rows', '300', '--quiet'], env);
  server = await serveProject(project.folder, database, { env: { GRPC_STREAM_REFLECTION: 'true' } });
  closed = await serveProject(project.folder, database, { env: { GRPC_STREAM_REFLECTION: 'false' } });
}, 120_000);
afterAll(async () => {
  await Promise.all([server?.kill(), closed?.kill()]);
  await project?.remove();
});

/** Reads where there is no schema. */
async function readAnywhere(model: string, ...more: string[]): Promise<CliRun> {
  const cwd = await temporaryFolder();
  return spawnCli(['read', model, '--target', server.address, ...more], { cwd });
}

const readByModel = (...more: string[]) =>
  spawnCli(['read', 'Reading2D', '--target', server.address, ...more], { cwd: project.folder });

describe('a read of a server that says what it serves', () => {
  it.each([
    ['every row', []],
    ['CSV', ['--format', 'csv']],
    ['fields in their order', ['--fields', 'price,sensorId,takenAt']],
    [
      'a filter',
      ['--filter', '{"or":[{"mood":"NOT_CALM"},{"total":{"gt":"5"},"maybeText":null}],"not":{"price":{"lt":"3"}}}'],
    ],
    ['an order', ['--order', 'label desc', '--limit', '70']],
    ['an order of two fields', ['--order', 'maybeAt desc, label']],
    ['partitions', ['--partitions', '3', '--ordered']],
  ])('gives %s as with the schema', async (_, more) => {
    const [found, expected] = [await readAnywhere('library.v1.Reading2D', ...more), await readByModel(...more)];
    expect(found.stderr).toBe('');
    expect(found.stdout.split('\n').length).toBeGreaterThan(2);
    expect(found).toEqual(expected);
  });

  it('goes on after a position', async () => {
    const all = (await readByModel()).stdout.trimEnd().split('\n');
    const { takenAt, sensorId } = JSON.parse(all[9] ?? '');
    const rest = await readAnywhere('library.v1.Reading2D', '--after', JSON.stringify({ takenAt, sensorId }));
    expect(rest.stdout.trimEnd().split('\n')).toEqual(all.slice(10));
  });

  it('finds a model by its name alone, and by that of its service', async () => {
    const { stdout } = await readAnywhere('library.v1.Place', '--limit', '3');
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect((await readAnywhere('place', '--limit', '3')).stdout).toBe(stdout);
    expect((await readAnywhere('library.v1.PlaceStreamService', '--limit', '3')).stdout).toBe(stdout);
  });

  it('says which models there are, and which orders and fields', async () => {
    const models = 'name one of library.v1.Reading2D, library.v1.Place';
    expect(await readAnywhere('Planet')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(models) });
    expect(await readAnywhere('library.v1.Mood')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(models),
    });
    const order = await readAnywhere('Place', '--order', 'name');
    expect(order).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('order by one of: id; id desc') });
    const field = await readAnywhere('Place', '--fields', 'nam');
    expect(field).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('name some of id, name') });
  });

  it('says what to do where the server does not say what it serves', async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stderr } = await spawnCli(['read', 'library.v1.Place', '--target', closed.address], { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`${closed.address} does not say what it serves: its reflection is off`);
    expect(stderr).toContain('→ run the server with --reflection');
  });
});

describe('a server with the reflection that was before v1', () => {
  it('is asked in v1alpha', async () => {
    const generated: { descriptors: string[] } = await import(
      join(project.folder, 'src/grpc/generated/descriptors.ts')
    );
    const fileDescriptorProtos = generated.descriptors.map((descriptor) => Buffer.from(descriptor, 'base64'));
    const server = new Server();
    new ReflectionService({
      all: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos },
    }).addToServer(server);
    server.unregister('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo');
    const port = await promisify(server.bindAsync).call(server, '127.0.0.1:0', ServerCredentials.createInsecure());
    const channel = openChannel(`127.0.0.1:${port}`);
    onTestFinished(() => {
      channel.close();
      server.forceShutdown();
    });
    const reflection = openReflection(channel, 'the server', new AbortController().signal);
    expect(await reflection.services()).toEqual(['library.v1.Reading2DStreamService', 'library.v1.PlaceStreamService']);
    const place = (await reflection.filesOf('library.v1.PlaceStreamService')).getMessage('library.v1.Place');
    expect(place?.fields.map(({ name, number }) => [name, number])).toEqual([
      ['id', 1],
      ['name', 2],
    ]);
  });
});

describe('a bench of a server that says what it serves', () => {
  const bench = async (...more: string[]) =>
    spawnCli(['bench', '--target', server.address, ...more], { cwd: await temporaryFolder() });

  it('needs no name where a model or nothing else tells the service', async () => {
    const { exitCode, stderr } = await bench();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'name one of them with --service: library.v1.Reading2DStreamService, library.v1.PlaceStreamService',
    );
    const few = ['--scenario', 'throughput', '--chunk', '100', '--check-interval', '100', '--rounds', '1'];
    const measured = await bench('--model', 'Place', '--quick', ...few);
    expect(measured).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Rows/s at each chunk size') });
  });
});
