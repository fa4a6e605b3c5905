import type { Field, StreamModel } from '../../model/index.js';
import { propertyOf } from '../../proto/index.js';
import { enumValueName } from '../../proto/names/names.js';
import type { TableRow } from './find-many.js';

/**
 * Turns rows into messages, as cheaply as a person would by hand: with the options that our codecs are generated with, a
 * row is a message but for its decimals, its enums and names that the proto spells otherwise.
 */
export function toMessages(model: StreamModel): (row: TableRow) => TableRow {
  const changes = model.fields.flatMap((field): Change[] => {
    const [property, change] = [propertyOf(field), changeOf(field)];
    return change || property !== field.name ? [{ name: field.name, property, change: change ?? same }] : [];
  });
  return (row) => {
    const message: Record<string, unknown> = { ...row };
    for (const { name, property, change } of changes) message[property] = change(row[name]);
    return message;
  };
}

type ChangeValue = (value: unknown) => unknown;

interface Change {
  readonly name: string;
  readonly property: string;
  readonly change: ChangeValue;
}

const same: ChangeValue = (value) => value;

function changeOf({ type, list }: Field): ChangeValue | undefined {
  const change = type.kind === 'enum' ? enumName(type.enum) : type.scalar === 'Decimal' ? digits : undefined;
  return change && list ? (value) => (Array.isArray(value) ? value.map(change) : value) : change;
}

/** Names are made once for each value, not for each row. */
function enumName(enumType: string): ChangeValue {
  const names = new Map<unknown, string>();
  return (value) => {
    if (typeof value !== 'string') return value;
    const name = names.get(value) ?? enumValueName(enumType, value);
    names.set(value, name);
    return name;
  };
}

/** A decimal's digits, none of them as a power of ten. */
const digits: ChangeValue = (value) =>
  value instanceof Object && 'toFixed' in value && typeof value.toFixed === 'function' ? `${value.toFixed()}` : value;
