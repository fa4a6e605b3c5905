import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkGrpc, checkReading } from '../../src/cli/doctor/check-reading.js';
import { closeReader } from '../../src/runtime/index.js';
import { parseSchema } from '../../src/schema/index.js';
import { openProject, type Project } from '../support/open-project.js';
import { without } from '../support/without.js';

const SCHEMA = `
datasource db {
  provider = "sqlite"
}
generator client {
  provider = "prisma-client"
  output   = "./client"
}
model Log {
  id  Int      @id
  at  DateTime @map("logged at")
  sent DateTime?
  @@index([at])
}
`;

const { models } = parseSchema([{ path: 's.prisma', content: SCHEMA }]);

describe('what doctor says of the way that rows are read', () => {
  let project: Project;
  let db: Database.Database;

  beforeAll(async () => {
    let file = '';
    project = await openProject(SCHEMA, (folder) => {
      file = join(folder, 'log.db');
      return new PrismaBetterSqlite3({ url: `file:${file}` });
    });
    db = new Database(file);
  });
  beforeEach(() => db.exec('DELETE FROM Log'));
  afterAll(async () => {
    db.close();
    await project.close();
  });

  const check = (prisma: object = project.prisma) => checkReading({ prisma, adapter: project.adapter }, models);
  const insert = (...dates: readonly (string | number)[]) => {
    const statement = db.prepare('INSERT INTO Log VALUES (?, ?, ?)');
    for (const [id, date] of dates.entries()) statement.run(id, date, id % 2 === 0 ? date : null);
  };

  it('names the road', async () => {
    expect(await check()).toEqual([
      { subject: 'reads', level: 'ok', message: 'by SQL over the connections of the driver adapter' },
    ]);
    const [extended] = await check(project.prisma.$extends({ query: {} }));
    expect(extended).toMatchObject({ level: 'ok', message: expect.stringContaining('the client has extensions') });
    const [unknown] = await check({});
    expect(unknown).toMatchObject({ level: 'warning', message: expect.stringContaining('does not say whether') });
  });

  it('names the parts of Prisma that are not as expected, and what is missing without them', async () => {
    const connect = async () => without(await project.adapter.connect(), 'onError');
    const adapter = { provider: 'sqlite', connect };
    const findings = await checkReading({ prisma: project.prisma, adapter }, models);
    await closeReader(adapter);
    expect(findings).toContainEqual({
      subject: 'prisma',
      level: 'warning',
      message: "there is no onError method of the driver adapter, so there are no failures in Prisma's words",
      action: expect.stringContaining('update grpc-stream'),
    });
  });

  it('finds dates of several forms in a column that rows are ordered by, and its UPDATE makes them one', async () => {
    insert('2024-01-31T10:20:30.123+00:00', 1_706_696_430_123, '2024-01-31 10:20:30', '2024-01-31T10:20:30.123Z');
    const [, finding] = await check();
    expect(finding).toMatchObject({ subject: 'dates of Log.at', level: 'warning' });
    expect(finding?.message).toContain('(milliseconds, offset, space, zulu)');
    const [, update = ''] = /^sqlite3 <file> (".*")$/.exec(finding?.action ?? '') ?? [];
    db.exec(JSON.parse(update));
    expect(await check()).toHaveLength(1);
    expect(db.prepare('SELECT "logged at" FROM Log ORDER BY id').pluck().all()).toEqual([
      '2024-01-31T10:20:30.123+00:00',
      '2024-01-31T10:20:30.123+00:00',
      '2024-01-31T10:20:30.000+00:00',
      '2024-01-31T10:20:30.123+00:00',
    ]);
  });

  it('has nothing to say of dates in one form', async () => {
    insert(1_706_696_430_123, 1_706_696_430_124);
    expect(await check()).toHaveLength(1);
  });

  it('names the version of grpc-js whose parts are as expected', async () => {
    expect(await checkGrpc()).toEqual([
      { subject: '@grpc/grpc-js', level: 'ok', message: expect.stringMatching(/^1\.14\./) },
    ]);
  });
});
