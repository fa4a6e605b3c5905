import { existsSync } from 'node:fs';
import {
  type Connection,
  connect,
  modelStream,
  type RowStream,
  type StreamOptions,
  type StreamPosition,
} from '../../client/index.js';
import type { ReadModel } from '../../client/reflection/reflected-model.js';
import { type GrpcStreamConfig, resolveServer } from '../../config/index.js';
import { loadDefinition } from '../../project/load-generated.js';
import { loadProject, type Project } from '../../project/load-project.js';
import { loadStreamedSchema } from '../../project/streamed-schema.js';
import { modelNamed } from '../../seed/rows/models-to-seed.js';
import type { CliContext } from '../context.js';
import { type ConnectionFlags, connectOptionsOf } from '../flags.js';
import { parseFilterFlag, type RowColumn, rowColumns } from './fields.js';
import { parseOrderFlag } from './order.js';
import { readFailure } from './read-failure.js';
import { modelOfSchema } from './read-model.js';
import { type ReadProgress, readProgress } from './read-progress.js';
import type { TextFormatName } from './row-output.js';

/** The flags of `read`, parsed. */
export interface ReadFlags extends ConnectionFlags {
  readonly target?: string;
  readonly format: TextFormatName | 'parquet';
  /** A folder for files, instead of stdout. */
  readonly out?: string;
  readonly rowsPerFile?: number;
  /** Such as `3/16`. */
  readonly shard?: string;
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
  readonly compression?: 'gzip';
}

/** Everything that a read needs, ready. */
export interface OpenRead {
  readonly target: string;
  readonly model: ReadModel;
  readonly columns: readonly RowColumn[];
  readonly connection: Connection;
  readonly filter: object | undefined;
  readonly progress: ReadProgress;
  stream(position: StreamPosition): RowStream<object>;
  close(): void;
}

/**
 * Connects, and finds the model: in the project's schema, or by asking the server.
 *
 * @throws UsageError for a model, field or filter that does not exist, EnvironmentError when nothing was generated.
 */
export async function openRead(context: CliContext, name: string, flags: ReadFlags): Promise<OpenRead> {
  const project = await loadProject(context);
  const target = flags.target ?? ownAddress(project.config);
  const { compression } = flags;
  const connection = connect(target, {
    ...(await connectOptionsOf(flags, context.cwd)),
    ...(compression ? { compression } : {}),
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
      model,
      columns,
      connection,
      filter: request.filter,
      progress,
      stream: (position) => modelStream(model.facts, connection, request, { ...options, position }),
      close() {
        progress.stop();
        close();
      },
    };
  } catch (error) {
    close();
    throw readFailure(error, [], target);
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
