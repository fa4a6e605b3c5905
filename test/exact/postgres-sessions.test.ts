import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkReading } from '../../src/cli/doctor/check-reading.js';
import { defaultStreamingSettings } from '../../src/config/index.js';
import { explainDatabase } from '../../src/runtime/database/explain-failure.js';
import { closeReader } from '../../src/runtime/index.js';
import { modelReading } from '../../src/runtime/rows/model-reading.js';
import { parseSchema } from '../../src/schema/index.js';
import { openDatabase } from '../../src/server/index.js';
import { idsOfChunks } from '../support/chunk-ids.js';
import { openProject, type Project } from '../support/open-project.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

const SCHEMA = `
datasource db {
  provider = "postgresql"
}
generator client {
  provider = "prisma-client"
  output   = "./client"
}
model Meeting {
  id Int      @id
  at DateTime @db.Timestamptz(3)
  @@index([at])
}
`;

describe('the session that a project opens', () => {
  let server: PostgresServer;
  let project: Project;
  const saved = process.env.DATABASE_URL;

  beforeAll(async () => {
    server = await startPostgres();
    project = await openProject(SCHEMA, () => new PrismaPg({ connectionString: server.url }));
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('CREATE SCHEMA other');
    await client.query('CREATE TABLE other."Meeting" (LIKE "Meeting" INCLUDING ALL)');
    await client.query(`INSERT INTO "Meeting" VALUES (1, '2024-06-01T12:00:00Z')`);
    await client.query(`INSERT INTO other."Meeting" VALUES (2, '2024-06-01T12:00:00Z')`);
    await client.query(`ALTER DATABASE postgres SET timezone = 'America/New_York'`);
    await client.end();
  });
  afterEach(() => {
    if (saved === undefined) delete process.env.DATABASE_URL;
    else process.env.DATABASE_URL = saved;
  });
  afterAll(async () => {
    await project?.close();
    await server?.stop();
  });

  async function idsThrough(adapter: PrismaPg, rawQueries: boolean): Promise<number[]> {
    const prisma = project.another(adapter);
    const settings = { ...defaultStreamingSettings, rawQueries };
    const model = await project.model('Meeting');
    const { read } = modelReading(model, { prisma: prisma as never, adapter }, { settings });
    const wanted = {
      filter: undefined,
      fields: undefined,
      order: model.key,
      after: undefined,
      upTo: undefined,
      limit: undefined,
    };
    try {
      return await idsOfChunks(read(wanted), 5);
    } finally {
      await closeReader(adapter);
    }
  }

  it('reads the tables of the schema that the URL names, and refuses to read those of another', async () => {
    const url = `${server.url}?schema=other`;
    process.env.DATABASE_URL = url;
    const open = (adapter: () => PrismaPg) =>
      openDatabase({ createAdapter: adapter, createPrisma: () => project.another(adapter()) });
    const named = open(() => new PrismaPg({ connectionString: url }, { schema: 'other' }));
    expect(await idsThrough(named.adapter as PrismaPg, true)).toEqual([2]);
    const unnamed = open(() => new PrismaPg({ connectionString: url }));
    const error = await idsThrough(unnamed.adapter as PrismaPg, true).catch((reason: unknown) => reason);
    expect(explainDatabase(error)).toEqual({
      reason: 'the database URL names the schema other, and the driver adapter reads public',
      nextActions: [
        "pass it on in database.ts: new PrismaPg(…, { schema: 'other' })",
        'or leave ?schema= out of the URL',
      ],
    });
  });

  it('may be in any time zone where rows are read by SQL, and must be in UTC where Prisma’s client reads them', async () => {
    const elsewhere = () => new PrismaPg({ connectionString: server.url });
    expect(await idsThrough(elsewhere(), true)).toEqual([1]);
    const error = await idsThrough(elsewhere(), false).catch((reason: unknown) => reason);
    expect(explainDatabase(error).reason).toContain('are in the time zone America/New_York');
    const inUtc = new PrismaPg({ connectionString: server.url, options: '-c TimeZone=UTC' });
    expect(await idsThrough(inUtc, false)).toEqual([1]);
  });

  it('is named by doctor where it is in another time zone', async () => {
    const { models } = parseSchema([{ path: 's.prisma', content: SCHEMA }]);
    const zoneIn = async (options?: string) => {
      const adapter = new PrismaPg({ connectionString: server.url, ...(options ? { options } : {}) });
      const findings = await checkReading({ prisma: project.another(adapter), adapter }, models);
      await closeReader(adapter);
      return findings.find(({ subject }) => subject === 'time zone');
    };
    expect(await zoneIn('-c TimeZone=UTC')).toMatchObject({ level: 'ok' });
    expect(await zoneIn()).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('America/New_York'),
      action: expect.stringContaining('-c TimeZone=UTC'),
    });
  });
});
