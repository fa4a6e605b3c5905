import type { Key } from '../model/index.js';
import type { DmmfModel } from './dmmf.js';

/** Columns that no database orders in a way that a `where` can continue from. */
const UNORDERED = new Set(['Json']);

/** How the schema declares what is streamed. */
export type ModelKind = 'model' | 'view';

/**
 * The order to stream a model in: its id, or else its first unique constraint whose columns are never null.
 *
 * @returns The key, or one line that says why there is none.
 */
export function chooseKey(model: DmmfModel, kind: ModelKind): Key | string {
  const [id] = idsOf(model);
  const candidates: Key[] = [
    ...(id ? [{ fields: id, source: 'id' as const }] : []),
    ...uniqueConstraintsOf(model).map((fields) => ({ fields, source: 'unique' as const })),
  ];
  const key = candidates.find(({ fields }) => fields.every((field) => isOrdered(model, field)));
  if (key) return key;
  const [unordered] = candidates.filter(({ fields }) => fields.some((field) => isUnordered(model, field)));
  return unordered ? unorderedReason(kind, model.name, unordered) : noKeyReason(kind, model.name);
}

/** Says that nothing tells two rows apart; a view has no `@id`. */
export function noKeyReason(kind: ModelKind, name: string): string {
  const remedy = kind === 'view' ? '@unique or @@unique' : '@id or @@unique';
  return `${kind} "${name}" has no unique, non-null key to stream by; add ${remedy}`;
}

function unorderedReason(kind: ModelKind, name: string, { fields }: Key): string {
  const key = fields.join(', ');
  return `${kind} "${name}" has only the key ${key}, which a database cannot put in order; add @id or @@unique over plain columns`;
}

/** Every unique constraint of a model, its id first. */
export function uniquesOf(model: DmmfModel): readonly (readonly string[])[] {
  return [...idsOf(model), ...uniqueConstraintsOf(model)];
}

function idsOf(model: DmmfModel): (readonly string[])[] {
  if (model.primaryKey) return [model.primaryKey.fields];
  return model.fields.filter((field) => field.isId).map((field) => [field.name]);
}

function uniqueConstraintsOf(model: DmmfModel): (readonly string[])[] {
  const single = model.fields.filter((field) => field.isUnique).map((field) => [field.name]);
  return [...single, ...model.uniqueFields];
}

function isOrdered(model: DmmfModel, name: string): boolean {
  const field = model.fields.find((candidate) => candidate.name === name);
  return field?.isRequired === true && !isUnordered(model, name);
}

function isUnordered(model: DmmfModel, name: string): boolean {
  const field = model.fields.find((candidate) => candidate.name === name);
  return field !== undefined && (field.isList || UNORDERED.has(field.type));
}
