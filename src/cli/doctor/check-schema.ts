import type { Field, SchemaModel, StreamModel } from '../../model/index.js';
import { type Finding, ok, warning } from './finding.js';

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
