import { join, resolve } from 'node:path';
import type { StreamPosition } from '../../../client/index.js';
import { UsageError } from '../../../errors/index.js';
import { type CliContext, counted, grouped } from '../../context.js';
import type { OpenRead, ReadFlags } from '../open-read.js';
import { rowFormat } from '../row-output.js';
import { type PartFile, type WrittenParts, writeParts } from './part-files.js';
import { parseShard, type Shard, shardRanges } from './shard-plan.js';
import { textFile } from './text-file.js';

const ROWS_PER_FILE = 1_000_000;

/** Refuses flags that do not go together, before anything is asked of a server. */
export function assertExportFlags(flags: ReadFlags): void {
  const { out, format, rowsPerFile, shard, follow, order, after, limit, partitions } = flags;
  const needsFolder =
    format === 'parquet' ? '--format parquet' : shard ? '--shard' : rowsPerFile ? '--rows-per-file' : '';
  if (out === undefined && needsFolder !== '') throw wrong(`${needsFolder} needs a folder for its files`, 'give --out');
  if (out !== undefined && follow) throw wrong('--follow has no end, and its files would have none', 'leave it out');
  if (shard === undefined) return;
  parseShard(shard);
  const other = [order && '--order', after && '--after', limit && '--limit', partitions > 1 && '--partitions'].find(
    Boolean,
  );
  if (other) throw wrong(`--shard reads a range of the key, and ${other} does not go with that`, `leave ${other} out`);
}

function wrong(message: string, next: string): UsageError {
  return new UsageError('read.wrong_flag', message, { nextActions: [next] });
}

/** Writes the rows to files in a folder; a second call goes on where the first one ended. */
export async function runExport(
  context: CliContext,
  read: OpenRead,
  flags: ReadFlags & { readonly out: string },
  start: StreamPosition,
): Promise<void> {
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard);
  const out = resolve(context.cwd, flags.out);
  const folder = shard ? join(out, shardFolder(shard)) : out;
  const request = requestOf(read, flags);
  const written = await writeParts({
    folder,
    request: shard ? { ...request, shard: `${shard.number}/${shard.of}` } : request,
    rowsPerFile: flags.rowsPerFile ?? ROWS_PER_FILE,
    extension: flags.format,
    open: await opener(context, read, flags),
    start: shard ? await startOf(shard, out, request, { context, read }) : start,
    stream: read.stream,
  });
  context.note(summary(written, folder));
}

/** What decides about the rows, and how they are written. */
function requestOf({ model, columns }: OpenRead, { format, filter, order, limit, after }: ReadFlags) {
  const fields = columns.map(({ name }) => name);
  const decimals = format === 'parquet' ? decimalsOf(columns) : undefined;
  const request = { model: model.name, fields, format, decimals, filter, order, limit, after };
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

/** Where the schema tells their digits, files have another type for them: all files of a folder have one. */
function decimalsOf(columns: OpenRead['columns']): Record<string, string> | undefined {
  const known = columns.flatMap(({ name, field: { digits } }) =>
    digits ? [[name, `${digits.precision},${digits.scale}`] as const] : [],
  );
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function shardFolder({ number, of }: Shard): string {
  return `shard-${String(number).padStart(String(of).length, '0')}-of-${of}`;
}

/** The range of a share; a table with fewer rows than shares has fewer ranges, and then there is nothing to read. */
async function startOf(
  { number, of }: Shard,
  folder: string,
  request: Readonly<Record<string, unknown>>,
  { context, read }: { readonly context: CliContext; readonly read: OpenRead },
): Promise<StreamPosition> {
  const { facts } = read.model;
  const { connection, filter } = read;
  const ranges = await shardRanges({ folder, shards: of, request, facts, connection, filter, signal: context.signal });
  const range = ranges[number - 1];
  return { rows: 0, ranges: range ? [range] : [] };
}

/** Parquet's writer is loaded only when it writes. */
async function opener(
  { signal }: CliContext,
  { columns }: OpenRead,
  { format }: ReadFlags,
): Promise<(path: string) => PartFile> {
  if (format !== 'parquet') return (path) => textFile(path, rowFormat(format, columns), signal);
  const { parquetFile } = await import('./parquet-file.js');
  const fields = columns.map(({ field }) => field);
  return (path) => parquetFile(path, fields);
}

function summary({ rows, files }: WrittenParts, folder: string): string {
  return `✔ ${grouped(rows)} rows in ${counted(files, 'file')} in ${folder}`;
}
