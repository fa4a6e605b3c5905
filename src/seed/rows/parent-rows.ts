import { SchemaError } from '../../errors/index.js';
import type { Relation } from '../../model/index.js';
import type { SqlValue } from './sql-value.js';

/** The rows that a relation may point to, as the values of its foreign key, in the order of `relation.fields`. */
export interface ParentRows {
  readonly relation: Relation;
  readonly tuples: readonly (readonly SqlValue[])[];
}

/** Relations that share columns, such as two that both hold `tenantId`: they must be filled together. */
export interface ParentGroup {
  /** Decides the shared columns. */
  readonly lead: ParentRows;
  readonly followers: readonly Follower[];
}

/** A relation some of whose columns are decided already: its rows by the values of those columns. */
export interface Follower {
  readonly relation: Relation;
  readonly shared: readonly string[];
  readonly bySharedValues: ReadonlyMap<string, readonly (readonly SqlValue[])[]>;
}

/**
 * Puts relations that share columns together, and keeps of the leading one's rows those that the others can follow.
 *
 * @throws SchemaError when no combination of rows agrees on the shared columns.
 */
export function groupParents(parents: readonly ParentRows[]): ParentGroup[] {
  const left = [...parents].sort((a, b) => b.relation.fields.length - a.relation.fields.length);
  const groups: ParentGroup[] = [];
  for (let lead = left.shift(); lead; lead = left.shift()) {
    const { fields } = lead.relation;
    const followers = left.filter(({ relation }) => relation.fields.some((name) => fields.includes(name)));
    for (const follower of followers) left.splice(left.indexOf(follower), 1);
    groups.push(
      agree(
        lead,
        followers.map((follower) => followerOf(follower, fields)),
      ),
    );
  }
  return groups;
}

/** The values of `names` among `tuple`, as one text to look rows up by. */
export function valuesKey(fields: readonly string[], tuple: readonly SqlValue[], names: readonly string[]): string {
  return names.map((name) => String(tuple[fields.indexOf(name)])).join('\u0000');
}

function followerOf({ relation, tuples }: ParentRows, decided: readonly string[]): Follower {
  const shared = relation.fields.filter((name) => decided.includes(name));
  const bySharedValues = new Map<string, (readonly SqlValue[])[]>();
  for (const tuple of tuples) {
    const key = valuesKey(relation.fields, tuple, shared);
    const same = bySharedValues.get(key);
    if (same) same.push(tuple);
    else bySharedValues.set(key, [tuple]);
  }
  return { relation, shared, bySharedValues };
}

function agree({ relation, tuples }: ParentRows, followers: readonly Follower[]): ParentGroup {
  const agreed = tuples.filter((tuple) =>
    followers.every(({ shared, bySharedValues }) => bySharedValues.has(valuesKey(relation.fields, tuple, shared))),
  );
  if (agreed.length === 0) throw nothingAgrees(relation, followers);
  return { lead: { relation, tuples: agreed }, followers };
}

function nothingAgrees(lead: Relation, followers: readonly Follower[]): SchemaError {
  const others = followers.map(({ relation }) => relation.references.model).join(', ');
  return new SchemaError(
    'schema.no_common_parents',
    `no row of ${lead.references.model} agrees with ${others} on ${followers.flatMap(({ shared }) => shared).join(', ')}`,
    { nextActions: ['add rows to those tables that belong together, then seed again'] },
  );
}
