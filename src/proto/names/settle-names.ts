import type { EnumModel, SchemaModel, StreamModel } from '../../model/index.js';
import { enumLockKeyOf, type FieldLock, lockKeyOf } from '../numbers/field-lock.js';
import { settleIncludes } from '../settle-includes.js';
import { nameClashes } from './name-clashes.js';

/**
 * Leaves out the models that can have no name of their own in the proto or in the generated code, each with its reason, so that
 * they never keep the others from being generated.
 *
 * @param previous The lock of the last generation: what clients know keeps its name.
 */
export function settleNames(schema: SchemaModel, previous: FieldLock): SchemaModel {
  const isKnown = (declared: StreamModel | EnumModel) =>
    'table' in declared ? lockKeyOf(declared) in previous.messages : enumLockKeyOf(declared) in previous.enums;
  const clashes = nameClashes(schema, isKnown);
  const left = new Set(clashes.flatMap(({ models }) => models));
  const skipped = schema.models.flatMap(({ name, file, line }) =>
    clashes
      .filter(({ models }) => models.includes(name))
      .map(({ reason }) => ({ name, reason: `model "${name}" is left out: ${reason}`, file, line })),
  );
  return settleIncludes({
    ...schema,
    models: schema.models.filter(({ name }) => !left.has(name)),
    skipped: [...schema.skipped, ...skipped],
  });
}
