import type { Field, StreamModel } from '../../model/index.js';
import { propertyOf } from '../../proto/index.js';
import { enumValueName } from '../../proto/names.js';

/** With the options that our codecs are generated with, a row is a message but for its decimals and its enums. */
export function toMessage(row: Readonly<Record<string, unknown>>, model: StreamModel): Record<string, unknown> {
  return Object.fromEntries(model.fields.map((field) => [propertyOf(field), messageValue(row[field.name], field)]));
}

function messageValue(value: unknown, field: Field): unknown {
  if (Array.isArray(value) && field.list) return value.map((item) => messageValue(item, { ...field, list: false }));
  if (field.type.kind === 'enum' && typeof value === 'string') return enumValueName(field.type.enum, value);
  if (value instanceof Object && 'toFixed' in value && typeof value.toFixed === 'function') return `${value.toFixed()}`;
  return value;
}
