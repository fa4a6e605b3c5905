import type { SchemaModel, StreamModel } from '../model/index.js';

/** The tables to fill: with the columns and the models that are kept from every stream, and without the views. */
export function wholeSchema(schema: SchemaModel): SchemaModel {
  const all = [...schema.models, ...schema.omitted];
  const views = all.filter(({ kind }) => kind === 'view');
  return {
    ...schema,
    models: all.filter((model) => !views.includes(model)).map(withEveryColumn),
    omitted: [],
    skipped: [
      ...schema.skipped,
      ...views.map(({ name, file, line }) => ({
        name,
        file,
        line,
        reason: `"${name}" is a view: its rows come from the tables behind it, so fill those`,
      })),
    ],
  };
}

function withEveryColumn(model: StreamModel): StreamModel {
  return { ...model, fields: [...model.fields, ...model.omitted], omitted: [] };
}
