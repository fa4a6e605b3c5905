import type { Field, ScalarType } from '../model/index.js';
import type { Annotations } from './annotations.js';
import type { DmmfField } from './dmmf.js';

/** Whether a field is a column of the table, as a relation is not. */
export function isColumn({ kind }: DmmfField): boolean {
  return kind === 'scalar' || kind === 'enum';
}

/** Prisma's field as our own. */
export function parseField({
  field,
  annotations: { documentation, allow, number },
}: {
  readonly field: DmmfField;
  readonly annotations: Annotations;
}): Field {
  const [native] = field.nativeType ?? [];
  const args = field.nativeType?.[1] ?? [];
  return {
    name: field.name,
    column: field.dbName ?? field.name,
    type: field.kind === 'enum' ? { kind: 'enum', enum: field.type } : { kind: 'scalar', scalar: scalarOf(field.type) },
    list: field.isList,
    optional: !field.isRequired,
    hasDefault: field.hasDefaultValue || field.isUpdatedAt === true,
    autoincrement: isAutoincrement(field.default),
    ...(native ? { nativeType: args.length > 0 ? `${native}(${args.join(',')})` : native } : {}),
    ...(documentation === undefined ? {} : { documentation }),
    ...(allow ? { allowed: true } : {}),
    ...(number === undefined ? {} : { number }),
  };
}

function scalarOf(type: string): ScalarType {
  switch (type) {
    case 'String':
    case 'Boolean':
    case 'Int':
    case 'BigInt':
    case 'Float':
    case 'Decimal':
    case 'DateTime':
    case 'Json':
    case 'Bytes':
      return type;
    default:
      // A type that Prisma adds one day: its text form is the least that any consumer understands.
      return 'String';
  }
}

function isAutoincrement(value: DmmfField['default']): boolean {
  return value instanceof Object && 'name' in value && value.name === 'autoincrement';
}
