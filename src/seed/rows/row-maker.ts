import { InternalError } from '../../errors/index.js';
import type { Field, SchemaModel, StreamModel } from '../../model/index.js';
import { isNumbered } from '../values/field-limits.js';
import { RowRandom } from '../values/random.js';
import { sampleValue } from '../values/sample-value.js';
import { columnSetter, type RowStep, type SqlValue, type ValueMaker } from '../values/sql-value.js';
import { uniqueValues } from '../values/unique-value.js';
import { type EarlierRows, fillAnyParents, fillParents, fillSelf, type ParentGroup } from './related-rows.js';
import { chooseFillers, fillToSize, type SizeOf, sizeOfRows } from './row-size.js';
import type { CounterMember, UniquePlan } from './unique-plan.js';

interface RowMakerOptions {
  readonly model: StreamModel;
  readonly schema: SchemaModel;
  readonly seed: number;
  readonly uniques: UniquePlan;
  readonly parents: readonly ParentGroup[];
  /** Existing rows of the same table. */
  readonly earlier: EarlierRows;
  /** Average bytes of data in a row; left out, every column has its natural size. */
  readonly rowBytes: number | undefined;
}

/** Makes the rows of one table, each from its index alone. */
interface RowMaker {
  /** The columns of a row, in order, without those that the database numbers. */
  readonly fields: readonly Field[];
  make(index: number): SqlValue[];
  /** Bytes of data in a row, including the columns that the database numbers. */
  readonly sizeOf: SizeOf;
}

/** Plans how each column of a model gets its values. */
export function createRowMaker(options: RowMakerOptions): RowMaker {
  const { model, schema, seed } = options;
  const fields = model.fields.filter((field) => !isNumbered(field, schema));
  const sizeOf = sizeOfRows(fields, numberedBytes(model, schema));
  const steps = planSteps(options, fields, sizeOf);
  const random = new RowRandom(seed, model.name);
  return {
    fields,
    sizeOf,
    make(index) {
      const row: SqlValue[] = new Array(fields.length).fill(null);
      random.startRow(index);
      for (const step of steps) step(row, random, index);
      return row;
    },
  };
}

/** Databases number rows with 4 or 8 bytes. */
function numberedBytes({ fields }: StreamModel, schema: SchemaModel): number {
  const numbered = fields.filter((field) => isNumbered(field, schema));
  return numbered.reduce((sum, { type }) => sum + (type.kind === 'scalar' && type.scalar === 'Int' ? 4 : 8), 0);
}

function planSteps(
  { model, schema, uniques, parents, earlier, rowBytes }: RowMakerOptions,
  fields: readonly Field[],
  sizeOf: SizeOf,
): RowStep[] {
  const keys = new Set(model.relations.flatMap((relation) => relation.fields));
  const counted = new Set(
    uniques.counters.flat().flatMap((member) => (member.kind === 'field' ? member.field.name : [])),
  );
  const plain = fields.filter(({ name }) => !keys.has(name) && !counted.has(name));
  const free = plain.filter(({ name }) => !model.uniques.flat().includes(name));
  const fillers = rowBytes === undefined ? [] : chooseFillers(free, schema, rowBytes);
  const filled = new Set(fillers.map(({ field }) => field));
  const countedParents = new Set(
    uniques.counters.flat().map((member) => member.kind === 'relation' && member.relation),
  );
  return [
    ...plain
      .filter((field) => !filled.has(field))
      .map((field) => fillColumn(field, fields, valuesOf(field, uniques, schema))),
    ...uniques.counters.map((members) => countThrough(members, parents, fields, schema)),
    ...parents.filter(({ lead }) => !countedParents.has(lead.relation)).map((group) => fillAnyParents(group, fields)),
    ...earlier.relations.map((relation) => fillSelf(relation, fields, () => earlier.of(relation))),
    fillToSize(fillers, fields, rowBytes ?? 0, sizeOf),
  ];
}

function valuesOf(field: Field, { distinct }: UniquePlan, schema: SchemaModel): ValueMaker {
  return distinct.has(field.name) ? uniqueValues(field, schema).make : sampleValue(field, schema);
}

function fillColumn(field: Field, fields: readonly Field[], make: ValueMaker): RowStep {
  const position = fields.indexOf(field);
  return (row, random, index) => {
    row[position] = make(random, index);
  };
}

/** Writes the index as a number whose digits are the members, so that no two rows have the same digits. */
function countThrough(
  members: readonly CounterMember[],
  parents: readonly ParentGroup[],
  fields: readonly Field[],
  schema: SchemaModel,
): RowStep {
  const digits = members.map((member) => digitOf(member, parents, fields, schema));
  return (row, random, index) => {
    let rest = index;
    for (const { radix, fill } of digits) {
      fill(row, random, rest % radix);
      rest = Math.floor(rest / radix);
    }
  };
}

function digitOf(
  member: CounterMember,
  parents: readonly ParentGroup[],
  fields: readonly Field[],
  schema: SchemaModel,
): { radix: number; fill: RowStep } {
  if (member.kind === 'field') {
    const { make } = uniqueValues(member.field, schema);
    const set = columnSetter([member.field.name], fields);
    return { radix: member.radix, fill: (row, random, digit) => set(row, [make(random, digit)]) };
  }
  const group = parents.find(({ lead }) => lead.relation === member.relation);
  if (!group) throw new InternalError(`relation "${member.relation.name}" is counted through but does not lead`);
  return { radix: group.lead.tuples.length, fill: fillParents(group, fields, (_random, digit) => digit) };
}
