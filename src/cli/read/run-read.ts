import { z } from 'zod';
import type { JsonKey, StreamPosition } from '../../client/index.js';
import { InternalError, UsageError } from '../../errors/index.js';
import { type CliContext, silenceDeprecations, silenceGrpc } from '../context.js';
import { assertExportFlags, runExport } from './files/run-export.js';
import { type OpenRead, openRead, type ReadFlags } from './open-read.js';
import { readFailure } from './read-failure.js';
import { rowFormat, rowOutput } from './row-output.js';

/** Streams a model's rows to stdout or to files, until all are read or, with `--follow`, until Ctrl-C. */
export async function runRead(context: CliContext, modelName: string, flags: ReadFlags): Promise<void> {
  silenceGrpc(context);
  silenceDeprecations(context);
  assertOneLastKey(flags);
  assertExportFlags(flags);
  const after = flags.after === undefined ? undefined : keyOf(flags.after);
  const start: StreamPosition = { rows: 0, ...(after ? { after } : {}) };
  const read = await openRead(context, modelName, flags);
  const { out } = flags;
  try {
    if (out === undefined) await print(context, read, start, flags);
    else await runExport(context, read, { ...flags, out }, start).catch(throwAs(read.target, GO_ON));
  } finally {
    read.close();
  }
}

const GO_ON = ['run the command again: it goes on where it ended'];

async function print(context: CliContext, read: OpenRead, start: StreamPosition, { format }: ReadFlags): Promise<void> {
  if (format === 'parquet') throw new InternalError('Parquet is not text');
  const output = rowOutput(rowFormat(format, read.columns), process.stdout, context.signal);
  const stream = read.stream(start);
  try {
    try {
      for await (const row of stream) await output.add(row);
    } finally {
      // Also before an error that says where to resume: the rows that it counts must be written.
      await output.flush();
    }
    read.progress.done(stream.position().rows);
  } catch (error) {
    const { rows, after } = stream.position();
    const resume = rows > 0 && after ? [`continue with --after '${JSON.stringify(after)}'`] : [];
    throw readFailure(error, resume, read.target);
  }
}

function throwAs(target: string, resume: readonly string[]): (error: unknown) => never {
  return (error) => {
    throw readFailure(error, resume, target);
  };
}

function assertOneLastKey({ follow, partitions }: ReadFlags): void {
  if (!follow || partitions === 1) return;
  throw new UsageError('read.follow', '--follow reads after the last key, and each of several partitions has one', {
    nextActions: ['leave out --partitions or --follow'],
  });
}

/** The model's own columns are checked later, where the model is known. */
function keyOf(text: string): JsonKey {
  const parsed = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new UsageError('read.wrong_flag', `--after is ${text}; it must be a key as JSON, such as '{"id":5}'`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
