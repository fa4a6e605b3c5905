import type { IndexColumn } from '../model/index.js';
import type { Datamodel } from './dmmf.js';

/**
 * What a database can read a model's rows in the order of: its key, its unique constraints and its plain indexes. An index of another
 * kind than a B-tree, over the beginning of a text, or by a comparison of its own keeps no order that a query could ask for.
 */
export function indexesOf(model: string, { indexes }: Datamodel): readonly (readonly IndexColumn[])[] {
  return indexes
    .filter((index) => index.model === model && index.type !== 'fulltext')
    .filter(({ algorithm }) => algorithm === undefined || algorithm === 'BTree')
    .filter(({ fields }) => fields.every(({ length, operatorClass }) => !length && !operatorClass))
    .map(({ fields }) => fields.map(({ name, sortOrder }) => ({ field: name, direction: sortOrder ?? 'asc' })));
}
