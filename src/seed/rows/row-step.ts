import type { Field } from '../../model/index.js';
import type { Random } from '../values/random.js';
import type { SqlValue } from './sql-value.js';

/** One part of making a row: puts the values of some columns in place. */
export type RowStep = (row: SqlValue[], random: Random, index: number) => void;

/** Puts values into the columns of these names. */
export type Put = (row: SqlValue[], values: readonly SqlValue[]) => void;

/** Looks the columns up once, since rows are made by the million. */
export function putInto(names: readonly string[], fields: readonly Field[]): Put {
  const positions = names.map((name) => fields.findIndex((field) => field.name === name));
  return (row, values) => {
    for (let i = 0; i < positions.length; i++) row[positions[i] ?? -1] = values[i] ?? null;
  };
}
