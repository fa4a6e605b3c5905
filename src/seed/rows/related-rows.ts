import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { SchemaError } from '../../errors/index.js';
import type { Field, Relation, StreamModel } from '../../model/index.js';
import { fieldsNamed, readTuples } from '../tables/table-queries.js';
import type { RowRandom } from '../values/random.js';
import { columnSetter, type RowStep, type SqlValue } from '../values/sql-value.js';

/** The rows that a relation may point to, as values of its foreign key, in the order of `relation.fields`. */
export interface ParentRows {
  readonly relation: Relation;
  readonly tuples: readonly (readonly SqlValue[])[];
}

/** Relations that share columns, such as two that both contain `tenantId`: they must be filled together. */
export interface ParentGroup {
  /** Determines the shared columns. */
  readonly lead: ParentRows;
  readonly followers: readonly Follower[];
}

/** A relation that shares columns with the leading one: its rows by the values of those columns. */
interface Follower {
  readonly relation: Relation;
  readonly shared: readonly string[];
  readonly bySharedValues: ReadonlyMap<string, readonly (readonly SqlValue[])[]>;
}

/**
 * Groups relations that share columns, and keeps only those rows of the leading one that the others have matching rows for.
 *
 * @throws SchemaError when no rows match in the shared columns.
 */
export function groupParents(parents: readonly ParentRows[]): ParentGroup[] {
  const left = [...parents].sort((a, b) => b.relation.fields.length - a.relation.fields.length);
  const groups: ParentGroup[] = [];
  for (let lead = left.shift(); lead; lead = left.shift()) {
    const { fields } = lead.relation;
    const followers = left.filter(({ relation }) => relation.fields.some((name) => fields.includes(name)));
    for (const follower of followers) left.splice(left.indexOf(follower), 1);
    groups.push(
      matching(
        lead,
        followers.map((follower) => followerOf(follower, fields)),
      ),
    );
  }
  return groups;
}

function followerOf({ relation, tuples }: ParentRows, leading: readonly string[]): Follower {
  const shared = relation.fields.filter((name) => leading.includes(name));
  const bySharedValues = new Map<string, (readonly SqlValue[])[]>();
  for (const tuple of tuples) {
    const key = valuesKey(relation.fields, tuple, shared);
    const same = bySharedValues.get(key);
    if (same) same.push(tuple);
    else bySharedValues.set(key, [tuple]);
  }
  return { relation, shared, bySharedValues };
}

/** The values of some fields of a tuple, as a key to find rows by. */
function valuesKey(fields: readonly string[], tuple: readonly SqlValue[], names: readonly string[]): string {
  return names.map((name) => String(tuple[fields.indexOf(name)])).join('\u0000');
}

function matching({ relation, tuples }: ParentRows, followers: readonly Follower[]): ParentGroup {
  const matched = tuples.filter((tuple) =>
    followers.every(({ shared, bySharedValues }) => bySharedValues.has(valuesKey(relation.fields, tuple, shared))),
  );
  if (matched.length === 0) throw noMatch(relation, followers);
  return { lead: { relation, tuples: matched }, followers };
}

function noMatch(lead: Relation, followers: readonly Follower[]): SchemaError {
  const others = followers.map(({ relation }) => relation.references.model).join(', ');
  const columns = followers.flatMap(({ shared }) => shared).join(', ');
  return new SchemaError(
    'schema.no_common_parents',
    `no row of ${lead.references.model} has the same ${columns} as a row of ${others}`,
    { nextActions: ['add matching rows to those tables, then seed again'] },
  );
}

/** Points each row at parents; `choose` gives the position of the leading relation's row, counted from 0. */
export function fillParents(
  { lead, followers }: ParentGroup,
  fields: readonly Field[],
  choose: (random: RowRandom, index: number) => number,
): RowStep {
  const set = columnSetter(lead.relation.fields, fields);
  const follow = followers.map((follower) => fillFollower(follower, lead.relation, fields));
  return (row, random, index) => {
    const tuple = lead.tuples[choose(random, index)] ?? [];
    set(row, tuple);
    for (const fill of follow) fill(row, random, tuple);
  };
}

function fillFollower({ relation, shared, bySharedValues }: Follower, lead: Relation, fields: readonly Field[]) {
  const set = columnSetter(relation.fields, fields);
  return (row: SqlValue[], random: RowRandom, leading: readonly SqlValue[]) => {
    const candidates = bySharedValues.get(valuesKey(lead.fields, leading, shared));
    if (candidates) set(row, random.pick(candidates));
  };
}

/** One row in eight has no parent where it need not have one. */
const ORPHAN_ONE_IN = 8;

/** Points each row at any possible parent, or sometimes at none where the relation is optional and shares no columns. */
export function fillAnyParents(group: ParentGroup, fields: readonly Field[]): RowStep {
  const { relation, tuples } = group.lead;
  const fill = fillParents(group, fields, (random) => random.below(tuples.length));
  if (!relation.optional || group.followers.length > 0) return fill;
  return (row, random, index) => {
    if (random.below(ORPHAN_ONE_IN) > 0) fill(row, random, index);
  };
}

/** Points rows at earlier rows of their own table, when there are any. */
export function fillSelf(
  relation: Relation,
  fields: readonly Field[],
  earlierRows: () => readonly (readonly SqlValue[])[],
): RowStep {
  const set = columnSetter(relation.fields, fields);
  return (row, random) => {
    const earlier = earlierRows();
    if (earlier.length > 0 && random.below(ORPHAN_ONE_IN) > 0) set(row, random.pick(earlier));
  };
}

/** Most rows of the same table that later ones choose from. */
export const MAX_EARLIER_ROWS = 1000;

/** The rows of a table that its own later rows may point to, such as the parents in a tree of categories. */
export class EarlierRows {
  readonly #connection: SqlDriverAdapter;
  readonly #model: StreamModel;
  readonly #tuples = new Map<Relation, readonly (readonly SqlValue[])[]>();

  constructor(connection: SqlDriverAdapter, model: StreamModel, relations: readonly Relation[]) {
    this.#connection = connection;
    this.#model = model;
    for (const relation of relations) this.#tuples.set(relation, []);
  }

  /** Whether rows are needed and none exist yet. */
  get missing(): boolean {
    return [...this.#tuples.values()].some((tuples) => tuples.length === 0);
  }

  get relations(): readonly Relation[] {
    return [...this.#tuples.keys()];
  }

  of(relation: Relation): readonly (readonly SqlValue[])[] {
    return this.#tuples.get(relation) ?? [];
  }

  async read(): Promise<void> {
    for (const relation of this.#tuples.keys()) {
      const fields = fieldsNamed(this.#model, relation.references.fields);
      this.#tuples.set(relation, await readTuples(this.#connection, this.#model, fields, MAX_EARLIER_ROWS));
    }
  }
}
