import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field, SchemaModel } from '../../src/model/index.js';
import { loadSchema } from '../../src/schema/index.js';
import { type FieldLimits, fieldLimits } from '../../src/seed/values/field-limits.js';
import { RowRandom } from '../../src/seed/values/random.js';
import { sampleValue } from '../../src/seed/values/sample-value.js';
import type { SqlValue } from '../../src/seed/values/sql-value.js';
import { uniqueValues } from '../../src/seed/values/unique-value.js';
import { fixturePath } from './support/scratch-database.js';

const postgres = await loadSchema(fixturePath('postgres-types'));
const sqlite = await loadSchema(fixturePath('every-type'));
const columns = [postgres, sqlite].flatMap((schema) =>
  schema.models.flatMap(({ name, fields }) =>
    fields.map((field) => ({ name: `${name}.${field.name}`, field, schema })),
  ),
);
const indexes = fc.integer({ min: 0, max: 1_000_000_000 });

describe('uniqueValues', () => {
  test.each(columns)('differ for any two rows: $name', ({ field, schema }) => {
    const { capacity, make } = uniqueValues(field, schema);
    const within = fc.integer({ min: 0, max: Math.min(capacity, 1_000_000_000) - 1 });
    const random = new RowRandom(1, 'test');
    const valueAt = (index: number) => {
      random.startRow(index);
      return comparable(make(random, index));
    };
    fc.assert(
      fc.property(within, within, (one, other) => {
        return (valueAt(one) === valueAt(other)) === (one === other);
      }),
    );
    expect(valueAt(0)).not.toBe(valueAt(1));
  });

  test.each(columns)('fit their column: $name', ({ field, schema }) => {
    const { capacity, make } = uniqueValues(field, schema);
    const within = fc.integer({ min: 0, max: Math.min(capacity, 1_000_000_000) - 1 });
    fc.assert(fc.property(within, (index) => fits(make(new RowRandom(1, 'test'), index), field, schema)));
  });
});

describe('sampleValue', () => {
  test.each(columns)('fits its column: $name', ({ field, schema }) => {
    const make = sampleValue(field, schema);
    const random = new RowRandom(1, 'test');
    fc.assert(
      fc.property(indexes, (index) => {
        random.startRow(index);
        return fits(make(random, index), field, schema);
      }),
    );
  });

  test.each(columns.filter(({ field }) => field.optional))('is sometimes null: $name', ({ field, schema }) => {
    const make = sampleValue(field, schema);
    const random = new RowRandom(1, 'test');
    const nulls = Array.from({ length: 1000 }, (_, index) => make(random, index)).filter((value) => value === null);
    expect(nulls.length).toBeGreaterThan(60);
    expect(nulls.length).toBeLessThan(250);
  });
});

function comparable(value: SqlValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Date) return value.toISOString();
  return String(value).toLowerCase();
}

/** Whether a value keeps every limit that its column's type sets. */
function fits(value: SqlValue, field: Field, schema: SchemaModel): boolean {
  if (value === null) return field.optional;
  if (Array.isArray(value)) return value.every((item: SqlValue) => fits(item, { ...field, list: false }, schema));
  if (field.type.kind === 'enum') return ['RED', 'dark-green'].includes(String(value));
  const limits = fieldLimits(field, schema.provider);
  switch (field.type.scalar) {
    case 'String':
      return typeof value === 'string' && fitsLength(value.length, limits);
    case 'Int':
      return Number.isInteger(value) && Math.abs(Number(value)) <= limits.maxWhole;
    case 'BigInt':
      return typeof value === 'bigint' && value <= limits.maxWhole;
    case 'Decimal':
      return fitsDigits(String(value), limits);
    case 'DateTime':
      return value instanceof Date && value.getTime() < Date.UTC(9999, 11);
    case 'Json':
      return JSON.parse(String(value)) instanceof Object;
    case 'Bytes':
      return value instanceof Uint8Array && fitsLength(value.length, limits);
    case 'Float':
      return Number.isFinite(value);
    case 'Boolean':
      return typeof value === 'boolean';
  }
}

function fitsLength(length: number, { maxLength, fixedLength }: FieldLimits): boolean {
  return fixedLength ? length === maxLength : length <= maxLength;
}

function fitsDigits(value: string, { wholeDigits, fractionDigits }: FieldLimits): boolean {
  const [, whole, fraction = ''] = /^-?0*(\d*)(?:\.(\d+))?$/.exec(value) ?? [];
  return whole !== undefined && whole.length <= wholeDigits && fraction.length <= fractionDigits;
}
