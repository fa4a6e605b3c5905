import { connect, modelStream, type RowStream, type StreamOptions, type StreamPosition } from '../../client/index.js';
import { clientFacts } from '../../codegen/index.js';
import { UsageError } from '../../errors/index.js';
import { type SchemaModel, type StreamModel, snakeCase } from '../../model/index.js';
import { loadDefinition } from '../../project/load-generated.js';
import { loadProject } from '../../project/load-project.js';
import { loadSchema } from '../../schema/index.js';
import type { CliContext } from '../context.js';
import { parseFilter, type RowColumn, rowColumns } from './fields.js';
import { channelOptions, type ReadFlags, type ReadSettings, targetOf } from './read-flags.js';
import { type ReadProgress, readProgress } from './read-progress.js';
import { type RowFormat, rowFormat } from './row-output.js';

/** Everything that a read needs, ready. */
export interface OpenRead {
  readonly target: string;
  readonly format: RowFormat;
  readonly progress: ReadProgress;
  stream(position: StreamPosition): RowStream<object>;
  close(): void;
}

/**
 * Finds the model in the project's schema, and its client among what was generated.
 *
 * @throws UsageError for a model, field or filter that cannot be, EnvironmentError when nothing was generated.
 */
export async function openRead(
  context: CliContext,
  name: string,
  flags: ReadFlags,
  settings: ReadSettings,
): Promise<OpenRead> {
  const project = await loadProject(context);
  const schema = await loadSchema(project.schemaPath);
  const model = modelNamed(name, schema);
  const fields = flags.fields?.split(',').map((field) => field.trim());
  const columns = rowColumns(model, schema, fields);
  const request = {
    ...(settings.limit === undefined ? {} : { limit: settings.limit }),
    ...(fields ? { readMask: columns.map(maskOf) } : {}),
    ...(flags.filter === undefined ? {} : { filter: parseFilter(flags.filter, model, schema) }),
  };
  const target = targetOf(flags, project.config);
  const channel = await channelOptions(flags, context);
  const facts = { definition: await loadDefinition(project, model), ...clientFacts(model, schema.provider) };
  const connection = connect(target, channel);
  const { limit: total, maxAttempts } = settings;
  const progress = readProgress(context, { model: model.name, total, maxAttempts });
  const options: StreamOptions = {
    signal: context.signal,
    partitions: settings.partitions,
    ordered: flags.ordered,
    retry: { maxAttempts },
    onProgress: progress.tell,
    progressIntervalMs: 200,
  };
  return {
    target,
    format: rowFormat(settings.format, columns),
    progress,
    stream: (position) => modelStream(facts, connection, request, { ...options, position }),
    close() {
      progress.stop();
      connection.channel.close();
    },
  };
}

/** `Book`, and `book` as well: at a shell nobody holds the shift key. */
function modelNamed(name: string, { models, skipped }: SchemaModel): StreamModel {
  const model =
    models.find((candidate) => candidate.name === name) ??
    models.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (model) return model;
  const left = skipped.find((candidate) => candidate.name === name);
  throw new UsageError('read.model', left?.reason ?? `the schema has no model ${name}`, {
    nextActions: [`name one of ${models.map((each) => each.name).join(', ')}`],
  });
}

/** A field, as a read mask names it. */
function maskOf({ name }: RowColumn): string {
  return snakeCase(name);
}
