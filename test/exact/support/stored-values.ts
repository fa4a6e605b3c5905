import type { ModelField } from '../../../src/runtime/index.js';
import { type ColumnKind, canonical } from './column-kinds.js';
import { type FilledColumn, quotedName } from './random-table.js';
import type { StoredDatabase } from './stored-databases.js';

/** Every value of a table by the id of its row, as the database's own client prints it; NULL is null, and an empty list where it is a list. */
export async function storedValues(
  database: StoredDatabase,
  table: string,
  columns: readonly FilledColumn[],
): Promise<ReadonlyMap<number, readonly unknown[]>> {
  const printed = columns.map(({ kind, list, sql }) => {
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE ${list ? listOf(kind, sql) : kind.printed(sql)} END`;
  });
  const rows = await database.rows(`SELECT id, ${printed.join(', ')} FROM ${quotedName(table)}`);
  return new Map(
    rows.map(([id, ...values]) => [
      Number(id),
      columns.map(({ kind, list }, index) => {
        const value = values[index] ?? null;
        if (value === null) return list ? [] : null;
        return list ? JSON.parse(String(value)).map(kind.readPrinted) : kind.readPrinted(value);
      }),
    ]),
  );
}

/** A value that arrived, in the form of {@link storedValues}. */
export function canonicalValue({ type, list }: ModelField, value: unknown): unknown {
  if (value === undefined) return null;
  return list && Array.isArray(value) ? value.map((item) => canonical(type, item)) : canonical(type, value);
}

/** A list as JSON of its printed elements. */
function listOf(kind: ColumnKind, column: string): string {
  const element = `(${kind.printed('element')})::text`;
  return `(SELECT coalesce(json_agg(${element} ORDER BY place), '[]') FROM unnest(${column}) WITH ORDINALITY AS list(element, place))::text`;
}
