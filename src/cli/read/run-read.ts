import { existsSync } from 'node:fs';
import { z } from 'zod';
import {
  type Connection,
  connect,
  fieldViolationsOf,
  type JsonKey,
  modelStream,
  type RowStream,
  type StreamOptions,
  type StreamPosition,
  type StreamProgress,
  statusOf,
} from '../../client/index.js';
import type { ReadModel } from '../../client/reflection/reflected-model.js';
import { type GrpcStreamConfig, resolveServer } from '../../config/index.js';
import { callErrorText, EnvironmentError, UsageError } from '../../errors/index.js';
import { loadDefinition } from '../../project/load-generated.js';
import { loadProject, type Project } from '../../project/load-project.js';
import { loadStreamedSchema } from '../../project/streamed-schema.js';
import { modelNamed } from '../../seed/rows/models-to-seed.js';
import { type CliContext, grouped, silenceGrpc } from '../context.js';
import { type ConnectionFlags, readTls, tokenOf } from '../flags.js';
import { parseFilterFlag, type RowColumn, rowColumns } from './fields.js';
import { parseOrderFlag } from './order.js';
import { modelOfSchema } from './read-model.js';
import { type RowFormat, type RowFormatName, rowFormat, rowOutput } from './row-output.js';

/** The flags of `read`, parsed. */
export interface ReadFlags extends ConnectionFlags {
  readonly target?: string;
  readonly format: RowFormatName;
  readonly fields?: string;
  readonly filter?: string;
  readonly order?: string;
  readonly limit?: number;
  /** JSON. */
  readonly after?: string;
  readonly partitions: number;
  readonly ordered?: boolean;
  readonly follow?: boolean;
  /** Seconds. */
  readonly interval: number;
  readonly retries: number;
  /** Seconds. */
  readonly connectTimeout: number;
}

/** Streams a model's rows to stdout, until all are read or, with `--follow`, until Ctrl-C. */
export async function runRead(context: CliContext, modelName: string, flags: ReadFlags): Promise<void> {
  silenceGrpc(context);
  assertOneLastKey(flags);
  const after = flags.after === undefined ? undefined : keyOf(flags.after);
  const read = await openRead(context, modelName, flags);
  const output = rowOutput(read.format, process.stdout, context.signal);
  const stream = read.stream({ rows: 0, ...(after ? { after } : {}) });
  try {
    try {
      for await (const row of stream) await output.add(row);
    } finally {
      // Also before an error that says where to resume: the rows that it counts must be written.
      await output.flush();
    }
    read.progress.done(stream.position().rows);
  } catch (error) {
    throw readFailure(error, stream.position(), read.target);
  } finally {
    read.close();
  }
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

/** Everything that a read needs, ready. */
interface OpenRead {
  readonly target: string;
  readonly format: RowFormat;
  readonly progress: ReadProgress;
  stream(position: StreamPosition): RowStream<object>;
  close(): void;
}

/**
 * Connects, and finds the model: in the project's schema, or by asking the server.
 *
 * @throws UsageError for a model, field or filter that does not exist, EnvironmentError when nothing was generated.
 */
async function openRead(context: CliContext, name: string, flags: ReadFlags): Promise<OpenRead> {
  const project = await loadProject(context);
  const target = flags.target ?? ownAddress(project.config);
  const [token, tls] = [tokenOf(flags), await readTls(flags, context.cwd)];
  const connection = connect(target, {
    ...(token === undefined ? {} : { token }),
    ...(tls ? { tls } : {}),
    connectTimeoutMs: flags.connectTimeout * 1000,
  });
  const close = () => {
    connection.channel.close();
    setTimeout(() => process.exit(), LINGER_MS).unref();
  };
  try {
    const model = await findModel(name, { project, flags, context, channel: connection.channel, target });
    const columns = rowColumns(model, fieldsOf(flags));
    const request = requestOf(model, columns, flags);
    const progress = await readProgress(context, { model: model.name, total: flags.limit, maxAttempts: flags.retries });
    const options = streamOptions(context, flags, progress);
    return {
      target,
      format: rowFormat(flags.format, columns),
      progress,
      stream: (position) => modelStream(model.facts, connection, request, { ...options, position }),
      close() {
        progress.stop();
        close();
      },
    };
  } catch (error) {
    close();
    throw readFailure(error, { rows: 0 }, target);
  }
}

interface FindModelOptions {
  readonly project: Project;
  readonly flags: ReadFlags;
  readonly context: CliContext;
  readonly channel: Connection['channel'];
  readonly target: string;
}

/** A name with its package is the server's; so is any, where there is no schema. */
async function findModel(
  name: string,
  { project, flags, context, channel, target }: FindModelOptions,
): Promise<ReadModel> {
  if (name.includes('.') || (flags.target !== undefined && !hasSchema(project))) {
    const [{ openReflection }, { modelOfServer }] = await Promise.all([
      import('../../client/reflection/open-reflection.js'),
      import('../../client/reflection/reflected-model.js'),
    ]);
    return modelOfServer(name, openReflection(channel, target, context.signal));
  }
  const schema = await loadStreamedSchema(project);
  const model = modelNamed(name, schema);
  return modelOfSchema(model, schema, await loadDefinition(project, model));
}

function hasSchema({ configFile, schemaPath }: Project): boolean {
  return configFile !== undefined || existsSync(schemaPath);
}

function fieldsOf({ fields }: ReadFlags): string[] | undefined {
  return fields?.split(',').map((field) => field.trim());
}

/** The request of the stream; the rest is the client's. */
function requestOf(model: ReadModel, columns: readonly RowColumn[], { limit, fields, order, filter }: ReadFlags) {
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(fields === undefined ? {} : { readMask: columns.map(({ apiName }) => apiName) }),
    ...(order === undefined ? {} : { order: parseOrderFlag(order, model) }),
    ...(filter === undefined ? {} : { filter: parseFilterFlag(filter, model) }),
  };
}

function streamOptions({ signal }: CliContext, flags: ReadFlags, progress: ReadProgress): StreamOptions {
  return {
    signal,
    partitions: flags.partitions,
    ordered: flags.ordered,
    ...(flags.follow ? { followIntervalMs: flags.interval * 1000 } : {}),
    retry: { maxAttempts: flags.retries },
    onProgress: progress.update,
    progressIntervalMs: 200,
  };
}

/**
 * grpc-js leaves a socket behind whose TLS handshake gets no answer: it would keep this process for as long as the peer keeps the socket. The
 * rows are written by then; where nothing is left behind, the process ends before.
 */
const LINGER_MS = 1000;

/** The address of the project's own server on this machine. */
function ownAddress(config: GrpcStreamConfig): string {
  const { host, port } = resolveServer({ env: process.env, config });
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** The progress of a read, on stderr. */
interface ReadProgress {
  update(progress: StreamProgress): void;
  /** Prints how much was read. */
  done(rows: number): void;
  stop(): void;
}

interface ReadProgressOptions {
  readonly model: string;
  /** The expected number of rows, if it is known. */
  readonly total: number | undefined;
  readonly maxAttempts: number;
}

/** Shows rows, rate and time left on a terminal, unless rows are printed there too; prints breaks everywhere. */
async function readProgress(context: CliContext, options: ReadProgressOptions): Promise<ReadProgress> {
  const isSeen = process.stderr.isTTY === true && process.stdout.isTTY !== true;
  const spinner = isSeen ? (await context.spinner(`reading ${options.model}`)).start() : undefined;
  const startedAt = performance.now();
  return {
    update(progress) {
      if (progress.broken) context.note(breakLine(progress, options));
      if (spinner) spinner.text = progressLine(progress, options);
    },
    done(rows) {
      spinner?.stop();
      const seconds = (performance.now() - startedAt) / 1000;
      if (isSeen)
        context.note(`✔ ${grouped(rows)} rows in ${seconds.toFixed(1)} s (${grouped(rows / seconds)} rows/s)`);
    },
    stop: () => spinner?.stop(),
  };
}

/** `Book 45,000 of 200,000 rows · 84,000 rows/s · 12.6 MB/s · 2 s left` */
export function progressLine(
  { rows, bytes, rowsPerSecond }: StreamProgress,
  { model, total }: Pick<ReadProgressOptions, 'model' | 'total'>,
): string {
  const megabytes = rows > 0 ? (bytes / rows) * rowsPerSecond * 1e-6 : 0;
  return [
    `${model} ${grouped(rows)}${total === undefined ? '' : ` of ${grouped(total)}`} rows`,
    `${grouped(rowsPerSecond)} rows/s`,
    `${megabytes.toFixed(1)} MB/s`,
    ...(total !== undefined && rowsPerSecond > 0 ? [`${Math.ceil((total - rows) / rowsPerSecond)} s left`] : []),
  ].join(' · ');
}

function breakLine({ rows, broken }: StreamProgress, { model, maxAttempts }: ReadProgressOptions): string {
  const { error, attempts = 0, retryInMs = 0 } = broken ?? {};
  const wait = `trying again in ${(retryInMs / 1000).toFixed(1)} s (${attempts} of ${maxAttempts})`;
  return `↻ ${model} after ${grouped(rows)} rows: ${callErrorText(error)}; ${wait}`;
}

/** The error of a call that ended for good, with how to resume; any other error is returned unchanged. */
function readFailure(error: unknown, { rows, after }: StreamPosition, target: string): unknown {
  const status = statusOf(error);
  if (status === undefined) return error;
  const resume = rows > 0 && after ? [`continue with --after '${JSON.stringify(after)}'`] : [];
  const text = callErrorText(error);
  // Without a connection, the text itself says where there is none.
  const message = `${text.includes(target) ? '' : `${target} ended the stream: `}${text} (${status})`;
  switch (status) {
    case 'INVALID_ARGUMENT': {
      const [violation] = fieldViolationsOf(error);
      const nextActions = violation ? [`change ${violation.field} of the request`] : [];
      return new UsageError('read.refused', message, { cause: error, nextActions });
    }
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED': {
      const nextActions = ['give a token that may read it, with --token or GRPC_STREAM_TOKEN', ...resume];
      return new EnvironmentError('read.denied', message, { cause: error, nextActions });
    }
    case 'UNIMPLEMENTED': {
      const nextActions = ['run the server and this command from the same version of the schema'];
      return new EnvironmentError('read.unknown', message, { cause: error, nextActions });
    }
    case 'UNAVAILABLE': {
      const nextActions = [`check that a server listens at ${target}`, ...resume];
      return new EnvironmentError('read.unavailable', message, { cause: error, nextActions });
    }
    default:
      return new EnvironmentError('read.failed', message, { cause: error, nextActions: resume });
  }
}
