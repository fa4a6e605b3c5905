import type { Field, SchemaModel, StreamModel } from '../../model/index.js';
import { type Finding, ok, warning } from './finding.js';

/** Which models can stream, by which key, and what each would give away. */
export function checkSchema({ models, skipped }: SchemaModel): Finding[] {
  return [
    ...models.map((model) => ok(`model ${model.name}`, `streams ${model.table} by ${keyText(model)}`)),
    ...models.flatMap(checkSecrets),
    ...skipped.map(({ name, reason, file, line }) =>
      warning(`model ${name}`, `${file}:${line}: ${reason}`, 'add @id or @@unique, or leave it out'),
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
        `keep ${model.name} behind a server that only trusted clients reach, or move the column to another table`,
      ),
    );
}

function isSecret({ name, type }: Field): boolean {
  return SECRET.test(name) && type.kind === 'scalar' && (type.scalar === 'String' || type.scalar === 'Bytes');
}
