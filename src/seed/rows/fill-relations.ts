import type { Field, Relation } from '../../model/index.js';
import type { Random } from '../values/random.js';
import { type Follower, type ParentGroup, valuesKey } from './parent-rows.js';
import { putInto, type RowStep } from './row-step.js';
import type { SqlValue } from './sql-value.js';

/** One row in eight points nowhere where it need not point. */
const ORPHAN_ONE_IN = 8;

/** Points each row at parents; `choose` says which of the leading relation's rows, counted from 0. */
export function fillParents(
  { lead, followers }: ParentGroup,
  fields: readonly Field[],
  choose: (random: Random, index: number) => number,
): RowStep {
  const put = putInto(lead.relation.fields, fields);
  const follow = followers.map((follower) => fillFollower(follower, lead.relation, fields));
  return (row, random, index) => {
    const tuple = lead.tuples[choose(random, index)] ?? [];
    put(row, tuple);
    for (const fill of follow) fill(row, random, tuple);
  };
}

/** Points each row at any of its possible parents; sometimes at none, where the relation is optional and alone. */
export function fillAnyParents(group: ParentGroup, fields: readonly Field[]): RowStep {
  const { relation, tuples } = group.lead;
  const fill = fillParents(group, fields, (random) => random.below(tuples.length));
  if (!relation.optional || group.followers.length > 0) return fill;
  return (row, random, index) => {
    if (random.below(ORPHAN_ONE_IN) > 0) fill(row, random, index);
  };
}

/** Points rows at earlier rows of their own table, as far as there are any. */
export function fillSelf(
  relation: Relation,
  fields: readonly Field[],
  earlierRows: () => readonly (readonly SqlValue[])[],
): RowStep {
  const put = putInto(relation.fields, fields);
  return (row, random) => {
    const earlier = earlierRows();
    if (earlier.length > 0 && random.below(ORPHAN_ONE_IN) > 0) put(row, random.pick(earlier));
  };
}

function fillFollower({ relation, shared, bySharedValues }: Follower, lead: Relation, fields: readonly Field[]) {
  const put = putInto(relation.fields, fields);
  return (row: SqlValue[], random: Random, leading: readonly SqlValue[]) => {
    const candidates = bySharedValues.get(valuesKey(lead.fields, leading, shared));
    if (candidates) put(row, random.pick(candidates));
  };
}
