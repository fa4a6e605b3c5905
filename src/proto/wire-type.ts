import type { EnumModel, Field, Include } from '../model/index.js';
import { enumLockKeyOf } from './numbers/field-lock.js';
import { protoTypeOf } from './text/proto-type.js';

/** Types whose values are the same bytes: what was written as one is read as the other. */
const SAME_BYTES: readonly (readonly string[])[] = [
  ['int32', 'int64'],
  ['uint32', 'uint64'],
  ['string', 'decimal'],
];

/** What the lock remembers that a field holds: `decimal`, `optional int32`, `repeated double`, `enum order_status`. */
export function wireType(field: Field, enums: readonly EnumModel[]): string {
  const { label } = protoTypeOf(field);
  const name = typeName(field, enums);
  return label === 'required' ? name : `${label} ${name}`;
}

/** What the lock remembers of a relation that is sent: `message author`, `repeated message review`. */
export function includeWireType({ model, list }: Include): string {
  return `${list ? 'repeated ' : ''}message ${model}`;
}

function typeName(field: Field, enums: readonly EnumModel[]): string {
  const { type } = field;
  // A decimal is text on the wire, and filtered as a number.
  if (type.kind === 'scalar') return type.scalar === 'Decimal' ? 'decimal' : protoTypeOf(field).type;
  const model = enums.find(({ name }) => name === type.enum);
  return `enum ${model ? enumLockKeyOf(model) : type.enum}`;
}

/**
 * Whether bytes written as one type are read as the other with the same meaning. A type that is not known, in a lock that was
 * written by hand, is taken for the one that is wanted.
 */
export function keepsNumber(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  const [old, now] = [partsOf(before), partsOf(after)];
  if (old.isList !== now.isList) return false;
  return old.type === now.type || SAME_BYTES.some((group) => group.includes(old.type) && group.includes(now.type));
}

/** Takes a type of the lock apart. */
export function partsOf(type: string): {
  readonly type: string;
  readonly isList: boolean;
  readonly isOptional: boolean;
} {
  const isList = type.startsWith('repeated ');
  const isOptional = type.startsWith('optional ');
  return { type: type.replace(/^(repeated|optional) /, ''), isList, isOptional };
}
