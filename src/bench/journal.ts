import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../disk/index.js';
import { messageOf, UsageError } from '../errors/index.js';
import {
  cancellationSampleSchema,
  conditionsSchema,
  type Immutable,
  sampleSchema,
  settingSchema,
  settingsSchema,
  tableSchema,
} from '../results/index.js';
import type { Measurement } from './rounds/measurements.js';

/** A file that holds every measurement as soon as it was made, one a line, so that a bench that is interrupted loses none. */
export interface Journal {
  readonly startedAt: string;
  /** How many measurements it holds. */
  readonly length: number;
  /**
   * Begins, or goes on; called when the table is there.
   *
   * @returns What was measured before.
   * @throws UsageError when the table, the machine or the versions differ from those of the run that is to go on.
   */
  begin(run: JournalRun): Promise<readonly Measurement[]>;
  record(measurement: Measurement): Promise<void>;
  /** Removes the file: the result is safe elsewhere. */
  remove(): Promise<void>;
}

const runSchema = z.strictObject({
  settings: settingsSchema,
  target: z.string(),
  tables: z.array(tableSchema),
  machine: z.record(z.string(), z.string()),
});

/** What a bench measures, and on what: a run that goes on must be the same. */
export interface JournalRun extends Immutable<z.infer<typeof runSchema>> {}

/** The first line. */
const headerSchema = z.strictObject({
  kind: z.literal('header'),
  startedAt: z.string(),
  pid: z.number(),
  run: runSchema,
});
interface JournalHeader extends Immutable<z.infer<typeof headerSchema>> {}

/** Every other line. */
const measurementSchema: z.ZodType<Measurement> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['stream', 'fresh']), setting: settingSchema, sample: sampleSchema }),
  z.strictObject({ kind: z.literal('cancel'), setting: settingSchema, sample: cancellationSampleSchema }),
  z.strictObject({ kind: z.literal('round'), conditions: conditionsSchema }),
]);

interface JournalOptions {
  readonly file: string;
  /** Called once when the file cannot be written; the bench goes on without it. */
  readonly onFailure: (message: string) => void;
}

/** A journal of a new bench. Its file is created with the first measurement. */
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
      /** Ours from now on: another bench that is resumed meanwhile must see that it is written. A line cut off goes, too. */
      await writer.restart([{ ...header, pid: process.pid }, ...measurements]);
      return measurements;
    },
    record: (measurement) => writer.write([measurement]),
    remove: writer.remove,
  };
}

/** Samples of two machines or tables must not be pooled. */
function assertSame(before: JournalRun, now: JournalRun): void {
  const parts = ['target', 'tables', 'machine'] as const;
  const changed = parts.find((part) => JSON.stringify(before[part]) !== JSON.stringify(now[part]));
  if (changed === undefined) return;
  throw new UsageError(
    'bench.cannot_resume',
    `the bench cannot go on: its ${changed === 'machine' ? 'machine or its versions are' : `${changed} is`} not what it was (${JSON.stringify(before[changed])} then, ${JSON.stringify(now[changed])} now)`,
    { nextActions: ['run a new bench, without --resume'] },
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
    /** Replaces all that is there. */
    restart: (lines: readonly JournalLine[]) => attempt(() => replaceFile(file, textOf(lines))),
    remove: () => rm(file, { force: true }),
  };
}

export const JOURNAL_SUFFIX = '.partial.jsonl';

/**
 * The youngest journal of a folder that no bench writes any more; where all are being written, the youngest; undefined when
 * there is none.
 */
export async function latestJournal(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(JOURNAL_SUFFIX));
  const files = names
    .sort()
    .reverse()
    .map((name) => join(folder, name));
  for (const file of files) if (!(await isBeingWritten(file))) return file;
  return files[0];
}

async function isBeingWritten(file: string): Promise<boolean> {
  const [first = ''] = (await readFile(file, 'utf8').catch(() => '')).split('\n', 1);
  const header = headerSchema.safeParse(parseLine(first));
  return header.success && isLive(file, header.data.pid);
}

/** Reads what an interrupted bench left. A last line that was cut off is a measurement that was not made. */
async function readJournal(file: string) {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw refused(file, `it cannot be read: ${messageOf(cause)}`);
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [first, ...rest] = whole.split('\n').slice(0, -1);
  const header = headerSchema.safeParse(parseLine(first ?? ''));
  if (!header.success) throw refused(file, 'it is not what this version of grpc-stream bench writes');
  const { pid } = header.data;
  if (await isLive(file, pid)) throw refused(file, `process ${pid} is still writing it`);
  const lines = rest.map((line) => measurementSchema.safeParse(parseLine(line)));
  const broken = lines.findIndex(({ success }) => !success);
  if (broken >= 0) throw refused(file, `its line ${broken + 2} is not a measurement`);
  return { header: header.data, measurements: lines.flatMap(({ data }) => data ?? []) };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** No measurement takes longer: a process with that id that wrote nothing for so long is another program. */
const LIVE_MS = 15 * 60_000;

/** Whether another process that still runs writes a journal. */
async function isLive(file: string, pid: number): Promise<boolean> {
  const { mtimeMs } = await stat(file);
  return pid !== process.pid && isAlive(pid) && Date.now() - mtimeMs <= LIVE_MS;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function refused(file: string, why: string): UsageError {
  return new UsageError('bench.cannot_resume', `${file}: the bench cannot go on from here: ${why}`, {
    nextActions: ['run a new bench, without --resume'],
  });
}
