import { camelCase, type Field, snakeCase } from '../../model/index.js';

/** The property that ts-proto gives a field, which is its name in protobuf's JSON as well. */
export function propertyOf(field: Pick<Field, 'name'>): string {
  return camelCase(snakeCase(field.name));
}
