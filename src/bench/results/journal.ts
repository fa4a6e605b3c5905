import { appendFile, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../../disk/index.js';
import { messageOf, UsageError } from '../../errors/index.js';
import type { Measurement } from '../rounds/measurements.js';
import { type JournalHeader, type JournalRun, readJournal } from './read-journal.js';

/** A file that holds every measurement as soon as it was made, a line each, so that a bench that is interrupted loses none. */
export interface Journal {
  readonly startedAt: string;
  /** Measurements that it holds. */
  readonly length: number;
  /**
   * Begins, or goes on; called when the table is there.
   *
   * @returns What was measured before.
   * @throws UsageError when the table, the machine or the versions are not those of the run that is to go on.
   */
  begin(run: JournalRun): Promise<readonly Measurement[]>;
  record(measurement: Measurement): Promise<void>;
  /** Removes the file: the result is safe elsewhere. */
  remove(): Promise<void>;
}

export interface JournalOptions {
  readonly file: string;
  /** Told once when the file cannot be written; the bench goes on without it. */
  readonly onFailure: (message: string) => void;
}

/** A journal of a new bench. Its file comes with the first measurement. */
export function createJournal({ startedAt, ...options }: JournalOptions & { readonly startedAt: string }): Journal {
  const writer = journalWriter(options);
  let header: JournalHeader | undefined;
  return {
    startedAt,
    get length() {
      return writer.length;
    },
    begin: async (run) => {
      header = { kind: 'header', startedAt, pid: process.pid, run };
      return [];
    },
    record: async (measurement) => {
      const first = header;
      header = undefined;
      await writer.write(first === undefined ? [measurement] : [first, measurement]);
    },
    remove: writer.remove,
  };
}

/** A journal that goes on where an interrupted bench left it. @throws UsageError when the file is not such a journal. */
export async function reopenJournal(options: JournalOptions): Promise<Journal & { readonly run: JournalRun }> {
  const { header, measurements } = await readJournal(options.file);
  const writer = journalWriter(options);
  return {
    startedAt: header.startedAt,
    run: header.run,
    get length() {
      return measurements.length + writer.length;
    },
    begin: async (run) => {
      assertSame(header.run, run);
      /** Ours from now on: a bench that is resumed beside this one must see that it is written. A line cut off goes, too. */
      await writer.restart([{ ...header, pid: process.pid }, ...measurements]);
      return measurements;
    },
    record: (measurement) => writer.write([measurement]),
    remove: writer.remove,
  };
}

/** All that the figures hold for; samples of two machines or tables must not be pooled. */
function assertSame(before: JournalRun, now: JournalRun): void {
  const parts = ['target', 'tables', 'machine'] as const;
  const changed = parts.find((part) => JSON.stringify(before[part]) !== JSON.stringify(now[part]));
  if (changed === undefined) return;
  throw new UsageError(
    'bench.cannot_resume',
    `the bench cannot go on: its ${changed === 'machine' ? 'machine or its versions are' : `${changed} is`} not what it was (${JSON.stringify(before[changed])} then, ${JSON.stringify(now[changed])} now)`,
    { nextActions: ['run the bench anew, without --resume'] },
  );
}

type JournalLine = JournalHeader | Measurement;

function textOf(lines: readonly JournalLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function journalWriter({ file, onFailure }: JournalOptions) {
  let failed = false;
  let isNew = true;
  let length = 0;
  const attempt = async (write: () => Promise<void>) => {
    try {
      if (!failed) await write();
    } catch (error) {
      failed = true;
      onFailure(`--resume could not go on with this bench: ${file} cannot be written (${messageOf(error)})`);
    }
  };
  return {
    get length() {
      return length;
    },
    write: (lines: readonly JournalLine[]) =>
      attempt(async () => {
        if (isNew) await mkdir(dirname(file), { recursive: true });
        isNew = false;
        await appendFile(file, textOf(lines));
        length += lines.filter(({ kind }) => kind !== 'header').length;
      }),
    /** In place of all that is there. */
    restart: (lines: readonly JournalLine[]) => attempt(() => replaceFile(file, textOf(lines))),
    remove: () => rm(file, { force: true }),
  };
}
