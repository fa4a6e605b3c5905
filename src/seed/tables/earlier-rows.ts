import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { Relation, StreamModel } from '../../model/index.js';
import type { SqlValue } from '../rows/sql-value.js';
import { fieldsNamed, readTuples } from './table-queries.js';

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

  /** Rows are wanted, and none are there yet. */
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
