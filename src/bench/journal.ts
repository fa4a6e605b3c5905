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

/** A file to which every measurement is written at once, one in a line, so that an interrupted bench loses none. */
export interface Journal {
  readonly startedAt: string;
  /** The number of measurements in it. */
  readonly length: number;
  /** How long the runs that were interrupted took, up to their last measurement. */
  readonly spentMs: number;
  /**
   * Begins or continues the journal; called when the table exists.
   *
   * @returns The earlier measurements.
   * @throws UsageError when the table, the machine or the versions differ from those of the interrupted run.
   */
  begin(run: JournalRun): Promise<readonly Measurement[]>;
  /** @param elapsedMs Since this run began. */
  record(measurement: Measurement, elapsedMs: number): Promise<void>;
  /** Removes the file, after the result was saved. */
  remove(): Promise<void>;
}

const runSchema = z.strictObject({
  settings: settingsSchema,
  target: z.string(),
  tables: z.array(tableSchema),
  machine: z.record(z.string(), z.string()),
});

/** The table, the machine and the versions of a bench: they must not change when a run continues. */
export interface JournalRun extends Immutable<z.infer<typeof runSchema>> {}

/** The first line. */
const headerSchema = z.strictObject({
  kind: z.literal('header'),
  startedAt: z.string(),
  pid: z.number(),
  /** What the runs before that of this process took. */
  spentMs: z.number(),
  run: runSchema,
});
interface JournalHeader extends Immutable<z.infer<typeof headerSchema>> {}

/** Of a measurement in the run of the process that the header names; those of earlier runs have none any more. */
const elapsedMs = z.number().exactOptional();

/** Every other line. */
const lineSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['stream', 'fresh']), setting: settingSchema, sample: sampleSchema, elapsedMs }),
  z.strictObject({ kind: z.literal('cancel'), setting: settingSchema, sample: cancellationSampleSchema, elapsedMs }),
  z.strictObject({ kind: z.literal('round'), conditions: conditionsSchema, elapsedMs }),
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
    spentMs: 0,
    get length() {
      return writer.length;
    },
    begin: async (run) => {
      header = { kind: 'header', startedAt, pid: process.pid, spentMs: 0, run };
      return [];
    },
    record: async (measurement, elapsedMs) => {
      const first = header;
      header = undefined;
      const line = { ...measurement, elapsedMs };
      await writer.write(first === undefined ? [line] : [first, line]);
    },
    remove: writer.remove,
  };
}

/** A journal that continues an interrupted bench. @throws UsageError when the file is not such a journal. */
export async function reopenJournal(options: JournalOptions): Promise<Journal & { readonly run: JournalRun }> {
  const { header, measurements, spentMs } = await readJournal(options.file);
  const writer = journalWriter(options);
  return {
    startedAt: header.startedAt,
    spentMs,
    run: header.run,
    get length() {
      return measurements.length + writer.length;
    },
    begin: async (run) => {
      assertSame(header.run, run);
      /** Takes over the file, so that another `--resume` sees that it is in use. Also removes an incomplete line. */
      await writer.restart([{ ...header, pid: process.pid, spentMs }, ...measurements]);
      return measurements;
    },
    record: (measurement, elapsedMs) => writer.write([{ ...measurement, elapsedMs }]),
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
    `the bench cannot continue: ${DIFFERENCES[changed]} (${JSON.stringify(before[changed])} then, ${JSON.stringify(now[changed])} now)`,
    { nextActions: ['run a new bench, without --resume'] },
  );
}

const DIFFERENCES = {
  target: 'its target is different',
  tables: 'its tables are different',
  machine: 'its machine or versions are different',
} as const;

type JournalLine = JournalHeader | (Measurement & { readonly elapsedMs?: number });

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
      onFailure(`--resume could not continue this bench: ${file} cannot be written (${messageOf(error)})`);
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
    /** Replaces the file. */
    restart: (lines: readonly JournalLine[]) => attempt(() => replaceFile(file, textOf(lines))),
    remove: () => rm(file, { force: true }),
  };
}

export const JOURNAL_SUFFIX = '.partial.jsonl';

/** The latest journal of a folder that no bench is writing; if all are being written, the latest; undefined if there is none. */
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

/** Reads the journal of an interrupted bench. An incomplete last line is ignored. */
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
  const lines = rest.map((line) => lineSchema.safeParse(parseLine(line)));
  const broken = lines.findIndex(({ success }) => !success);
  if (broken >= 0) throw refused(file, `its line ${broken + 2} is not a measurement`);
  const read = lines.flatMap(({ data }) => data ?? []);
  const measurements = read.map(({ elapsedMs: _, ...measurement }): Measurement => measurement);
  return { header: header.data, measurements, spentMs: header.data.spentMs + (read.at(-1)?.elapsedMs ?? 0) };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** No measurement takes longer: a process with that id that wrote nothing for this long is another program. */
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
  return new UsageError('bench.cannot_resume', `${file}: the bench cannot continue from here: ${why}`, {
    nextActions: ['run a new bench, without --resume'],
  });
}
