import { snakeCase } from '../../model/index.js';
import type { KeyField, StreamedModel } from '../rows/define-model.js';
import type { KeyValues } from '../rows/keyset.js';
import { invalidField } from './invalid-field.js';
import { parseValue } from './parse-value.js';

/**
 * The place that a key message names in an order, under Prisma's names and with the values that Prisma takes. In a column that may be
 * null, what is absent is null, as it is in the row.
 *
 * @param path The message's place in the request, such as `after`.
 * @throws StreamError INVALID_ARGUMENT
 */
export function parsePlace(
  place: object,
  path: string,
  order: readonly KeyField[],
  { fields }: StreamedModel,
): KeyValues {
  return Object.fromEntries(
    order.map(({ field: name, property }) => {
      const field = fields.find((candidate) => candidate.name === name);
      const value: unknown = Reflect.get(place, property);
      const at = `${path}.${snakeCase(name)}`;
      if (field && value !== undefined && value !== null) return [name, parseValue(field, value, at)];
      if (field?.optional) return [name, null];
      throw invalidField(at, 'is missing');
    }),
  );
}
