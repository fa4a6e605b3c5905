import { InternalError } from '../../errors/index.js';
import type { Field, SchemaModel, StreamModel } from '../../model/index.js';
import type { EarlierRows } from '../tables/earlier-rows.js';
import { chooseFillers } from '../values/filler.js';
import { isNumbered } from '../values/is-numbered.js';
import { Random } from '../values/random.js';
import { sampleValue } from '../values/sample-value.js';
import { uniqueValues } from '../values/unique-value.js';
import { fillAnyParents, fillParents, fillSelf } from './fill-relations.js';
import { fillToSize, type SizeOf, sizeOfRows } from './fill-to-size.js';
import type { ParentGroup } from './parent-rows.js';
import { putInto, type RowStep } from './row-step.js';
import type { SqlValue, ValueMaker } from './sql-value.js';
import type { CounterMember, UniquePlan } from './unique-plan.js';

export interface RowMakerOptions {
  readonly model: StreamModel;
  readonly schema: SchemaModel;
  readonly seed: number;
  readonly uniques: UniquePlan;
  readonly parents: readonly ParentGroup[];
  /** Rows of the same table that are there by now. */
  readonly earlier: EarlierRows;
  /** Average bytes of data in a row; left out, every column has its natural size. */
  readonly rowBytes: number | undefined;
}

/** Makes the rows of one table, each from its index alone. */
export interface RowMaker {
  /** The columns of a row, in order; those that the database numbers by itself are not among them. */
  readonly fields: readonly Field[];
  make(index: number): SqlValue[];
  /** Bytes of data in a row, the columns that the database fills among them. */
  readonly sizeOf: SizeOf;
}

/** Plans how each column of a model gets its values. */
export function createRowMaker(options: RowMakerOptions): RowMaker {
  const { model, schema, seed } = options;
  const fields = model.fields.filter((field) => !isNumbered(field, schema));
  const sizeOf = sizeOfRows(fields, numberedBytes(model, schema));
  const steps = planSteps(options, fields, sizeOf);
  const random = new Random(seed, model.name);
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

/** Writes the index as a number whose digits are the members: no two rows have the same digits. */
function countThrough(
  members: readonly CounterMember[],
  parents: readonly ParentGroup[],
  fields: readonly Field[],
  schema: SchemaModel,
): RowStep {
  const wheels = members.map((member) => wheelOf(member, parents, fields, schema));
  return (row, random, index) => {
    let rest = index;
    for (const { radix, fill } of wheels) {
      fill(row, random, rest % radix);
      rest = Math.floor(rest / radix);
    }
  };
}

function wheelOf(
  member: CounterMember,
  parents: readonly ParentGroup[],
  fields: readonly Field[],
  schema: SchemaModel,
): { radix: number; fill: RowStep } {
  if (member.kind === 'field') {
    const { make } = uniqueValues(member.field, schema);
    const put = putInto([member.field.name], fields);
    return { radix: member.radix, fill: (row, random, digit) => put(row, [make(random, digit)]) };
  }
  const group = parents.find(({ lead }) => lead.relation === member.relation);
  if (!group) throw new InternalError(`relation "${member.relation.name}" is counted through but does not lead`);
  return { radix: group.lead.tuples.length, fill: fillParents(group, fields, (_random, digit) => digit) };
}

/** Databases number with 4 or 8 bytes. */
function numberedBytes({ fields }: StreamModel, schema: SchemaModel): number {
  const numbered = fields.filter((field) => isNumbered(field, schema));
  return numbered.reduce((sum, { type }) => sum + (type.kind === 'scalar' && type.scalar === 'Int' ? 4 : 8), 0);
}
