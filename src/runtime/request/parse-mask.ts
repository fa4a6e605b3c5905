import { snakeCase } from '../../model/index.js';
import type { ModelField } from '../encode/model-field.js';
import type { StreamedModel } from '../rows/define-model.js';
import type { KeyColumn } from '../rows/keyset.js';
import { invalidField } from './invalid-field.js';

const EVERYTHING = '*';

/**
 * The fields that a read mask names, with those that the order goes by, which the client needs to resume; undefined for all.
 *
 * @throws StreamError INVALID_ARGUMENT for a path that names no field.
 */
export function parseMask(
  paths: readonly string[],
  model: StreamedModel,
  order: readonly KeyColumn[],
): readonly ModelField[] | undefined {
  const known = new Map(model.fields.map((field) => [snakeCase(field.name), field.name]));
  const wanted = new Set([...model.key, ...order].map(({ field }) => field));
  for (const path of paths) {
    if (path !== EVERYTHING) wanted.add(known.get(path) ?? refuse(path));
  }
  return paths.length === 0 || paths.includes(EVERYTHING) || wanted.size === model.fields.length
    ? undefined
    : model.fields.filter(({ name }) => wanted.has(name));
}

function refuse(path: string): never {
  const shown = path.slice(0, 100);
  if (path.includes('.'))
    throw invalidField('read_mask', `must name whole fields, not parts of them as "${shown}" does`);
  throw invalidField('read_mask', `names "${shown}", which is not a field`);
}
