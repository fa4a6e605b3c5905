import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import { expect, it, onTestFinished, vi } from 'vitest';
import { sqliteSnapshotThread } from '../../src/runtime/database/sqlite-threads.js';
import { isSqliteDriver } from '../../src/runtime/internals/better-sqlite3.js';

const FIELDS = [{ name: 'id', number: 1, type: 'Int' }] as const;
const QUERY = { text: 'SELECT id FROM note', values: [] };

it('keeps the thread of a snapshot for the next one, and ends it when none comes for a minute', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-resting-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const driver = new Sqlite(join(folder, 'notes.db'));
  onTestFinished(() => void driver.close());
  driver.exec('CREATE TABLE note (id INTEGER PRIMARY KEY)');
  const postMessage = vi.spyOn(Worker.prototype, 'postMessage');
  const terminate = vi.spyOn(Worker.prototype, 'terminate');
  onTestFinished(() => void vi.restoreAllMocks());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());

  if (!isSqliteDriver(driver)) throw new Error('better-sqlite3 has changed');
  for (let snapshot = 0; snapshot < 3; snapshot++) {
    const thread = sqliteSnapshotThread(driver);
    const rows = await thread?.reader(FIELDS, {})(QUERY, new AbortController().signal);
    expect(rows?.length).toBe(0);
    await thread?.close();
    await vi.advanceTimersByTimeAsync(50_000);
  }
  expect(new Set(postMessage.mock.contexts).size).toBe(1);
  expect(terminate).not.toHaveBeenCalled();

  await vi.advanceTimersByTimeAsync(10_000);
  await vi.waitFor(() => expect(terminate).toHaveBeenCalledTimes(1));
});
