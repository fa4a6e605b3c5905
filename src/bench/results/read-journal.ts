import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, UsageError } from '../../errors/index.js';
import type { Measurement } from '../rounds/measurements.js';
import { cancellationSampleShape, sampleShape, settingShape, settingsShape, tableShape } from './result-shapes.js';

const measurementShape: z.ZodType<Measurement> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['stream', 'fresh']), setting: settingShape, sample: sampleShape }),
  z.strictObject({ kind: z.literal('cancel'), setting: settingShape, sample: cancellationSampleShape }),
]);

const runShape = z.strictObject({
  settings: settingsShape,
  target: z.string(),
  tables: z.array(tableShape),
  machine: z.record(z.string(), z.string()),
});

const headerShape = z.strictObject({
  kind: z.literal('header'),
  startedAt: z.string(),
  pid: z.number(),
  run: runShape,
});

/** What a bench measures, and on what: a run that goes on must be the same. */
export type JournalRun = z.infer<typeof runShape>;

export type JournalHeader = z.infer<typeof headerShape>;

export interface JournalContents {
  readonly header: JournalHeader;
  readonly measurements: readonly Measurement[];
}

export const JOURNAL_SUFFIX = '.partial.jsonl';

/**
 * The youngest journal of a folder that no bench writes any more; where all are written, the youngest; undefined when there
 * is none.
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
  const header = headerShape.safeParse(parseLine(first));
  return header.success && isLively(file, header.data.pid);
}

/** Reads what an interrupted bench left. A last line that was cut off is a measurement that was not made. */
export async function readJournal(file: string): Promise<JournalContents> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw refused(file, `it cannot be read: ${messageOf(cause)}`);
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [first, ...rest] = whole.split('\n').slice(0, -1);
  const header = headerShape.safeParse(parseLine(first ?? ''));
  if (!header.success) throw refused(file, 'it is not what this version of grpc-stream bench writes');
  await assertAbandoned(file, header.data.pid);
  const lines = rest.map((line) => measurementShape.safeParse(parseLine(line)));
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

/** No measurement takes longer; a process of that id that wrote nothing for so long is another program. */
const LIVELY_MS = 15 * 60_000;

async function assertAbandoned(file: string, pid: number): Promise<void> {
  if (!(await isLively(file, pid))) return;
  throw refused(file, `process ${pid} is still writing it`);
}

async function isLively(file: string, pid: number): Promise<boolean> {
  const { mtimeMs } = await stat(file);
  return pid !== process.pid && isAlive(pid) && Date.now() - mtimeMs <= LIVELY_MS;
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
    nextActions: ['run the bench anew, without --resume'],
  });
}
