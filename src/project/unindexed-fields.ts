import { type DatabaseProvider, type Field, hasSeveralForms, type StreamModel } from '../model/index.js';
import { fileNameOf, isFilterField, streamOrders } from '../proto/index.js';
import type { ProjectGeneration } from './generate-project.js';

/** The fields that a request can filter by and that no index begins with: the database may look at every row for such a filter. */
export function unindexedFields(model: StreamModel, provider: DatabaseProvider): readonly Field[] {
  const indexed = new Set(streamOrders(model, provider).map(({ columns: [first] }) => first?.field));
  return model.fields.filter(
    (field) => isFilterField(field) && !(indexed.has(field.name) && isServed(field, provider)),
  );
}

function isServed({ type }: Field, provider: DatabaseProvider): boolean {
  return !(type.kind === 'scalar' && hasSeveralForms(type.scalar, provider));
}

/** A model's unindexed fields in a sentence; undefined for a model without any. */
export function unindexedText(model: StreamModel, provider: DatabaseProvider): string | undefined {
  const names = unindexedFields(model, provider).map(({ name }) => name);
  if (names.length === 0) return undefined;
  const [named, more] = [names.slice(0, MOST_NAMED), names.length - MOST_NAMED];
  const fields = named.join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `a filter by ${fields} may look at every row: no index serves ${names.length > 1 ? 'them' : 'it'}`;
}

const MOST_NAMED = 5;

/** A line for each model that is new or changed, and whose filters may look at every row. */
export function unindexedRemarks({ schema, changes }: ProjectGeneration): string[] {
  return schema.models.flatMap((model) => {
    const isChanged = changes.some(({ path }) => path.replaceAll('\\', '/').endsWith(`/${fileNameOf(model)}.proto`));
    const text = isChanged && unindexedText(model, schema.provider);
    return text ? [`note ${model.name}: ${text} (an @@index does; see the settings unindexedFilters and maxScan)`] : [];
  });
}
