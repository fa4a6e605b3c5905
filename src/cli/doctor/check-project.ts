import { relative } from 'node:path';
import { resolveServer, resolveStreaming } from '../../config/index.js';
import { GrpcStreamError, messageOf, SchemaError } from '../../errors/index.js';
import type { Field, SchemaModel, StreamModel } from '../../model/index.js';
import { generateProject } from '../../project/generate-project.js';
import type { Project } from '../../project/load-project.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Settings that are valid, and what they mean together. */
export function checkSettings({ config, configFile }: Project): Finding[] {
  const file = configFile ?? 'defaults (no grpc-stream.config.ts)';
  try {
    const sources = { env: process.env, config };
    const models = Object.keys(config.models ?? {});
    const settings = [resolveStreaming(sources), ...models.map((model) => resolveStreaming(sources, model))];
    resolveServer(sources);
    const blind = settings.find(({ chunkSize, cancellationCheckInterval }) => cancellationCheckInterval > chunkSize);
    const [{ chunkSize, cancellationCheckInterval, yieldTimeout }] = settings as [(typeof settings)[0]];
    return [
      ok(
        'settings',
        `${file}: chunk ${chunkSize}, check interval ${cancellationCheckInterval}, yield timeout ${yieldTimeout} s`,
      ),
      ...(blind ? [intervalBeyondChunk(blind)] : []),
    ];
  } catch (error) {
    return [problem('settings', messageOf(error), 'correct it there')];
  }
}

function intervalBeyondChunk({
  chunkSize,
  cancellationCheckInterval,
}: {
  chunkSize: number;
  cancellationCheckInterval: number;
}): Finding {
  return warning(
    'settings',
    `a check interval of ${cancellationCheckInterval} is longer than a chunk of ${chunkSize}: cancellation is looked for once a chunk`,
    'lower streaming.cancellationCheckInterval to what you mean',
  );
}

/** Whether what is generated fits the schema as it is now. */
export async function checkGenerated(context: {
  readonly cwd: string;
  readonly configFile: string | undefined;
}): Promise<{
  readonly schema: SchemaModel | undefined;
  readonly findings: readonly Finding[];
}> {
  try {
    const { project, schema, changes } = await generateProject(context);
    if (changes.length === 0) return { schema, findings: [ok('generated files', 'up to date')] };
    const names = changes.slice(0, 3).map(({ path }) => relative(project.root, path));
    const more = changes.length > 3 ? ` and ${changes.length - 3} more` : '';
    return {
      schema,
      findings: [warning('generated files', `stale: ${names.join(', ')}${more}`, 'npx grpc-stream generate')],
    };
  } catch (error) {
    const place =
      error instanceof SchemaError && error.location ? `${error.location.file}:${error.location.line}: ` : '';
    const [action = 'mend the schema'] = error instanceof GrpcStreamError ? error.nextActions : [];
    return { schema: undefined, findings: [problem('schema', place + messageOf(error), action)] };
  }
}

/** Which models can stream, by which key, and what each would give away. */
export function checkSchema({ models, skipped }: SchemaModel): Finding[] {
  return [
    ...models.map((model) => ok(`model ${model.name}`, `streams ${model.table} by ${keyText(model)}`)),
    ...models.flatMap(checkSecrets),
    ...skipped.map(({ name, reason, file, line }) =>
      warning(`model ${name}`, `${file}:${line}: ${reason}`, 'mend it, or say that it is not streamed: /// @grpc.omit'),
    ),
  ];
}

/** A key comes from a constraint, and every constraint that makes rows unique has an index: the order is always served. */
function keyText({ key }: StreamModel): string {
  return `${key.fields.join(', ')} (${key.source === 'id' ? 'primary key' : 'unique'}, indexed)`;
}

const SECRET = /(password|passwd|secret|token|api_?key|private_?key|hash|salt)/i;

function checkSecrets(model: StreamModel): Finding[] {
  return model.fields
    .filter(isSecret)
    .map((field) =>
      warning(
        `model ${model.name}`,
        `${field.name} looks like a secret, and every client of the stream receives it`,
        'keep it back with /// @grpc.omit, or say that clients may have it with /// @grpc.allow',
      ),
    );
}

function isSecret({ name, type, allowed }: Field): boolean {
  if (allowed) return false;
  return SECRET.test(name) && type.kind === 'scalar' && (type.scalar === 'String' || type.scalar === 'Bytes');
}
