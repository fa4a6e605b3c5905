import type { EnumModel, Field, Include, SchemaModel, StreamModel } from '../../model/index.js';
import { pascalCase } from '../../model/index.js';
import { enumLockKeyOf, lockKeyOf } from '../names/names.js';
import type { FieldLock } from '../numbers/field-lock.js';
import { originsIn } from '../numbers/origins.js';
import { type EnumUnit, nameEnum } from './name-enum.js';
import { type ModelUnit, nameModel, nameOrders } from './name-model.js';
import { byPrecedence, type Claimant, type Naming, packageScope, type Renaming } from './name-scope.js';

/**
 * Gives every model, enum, field, value and order a name in the API that no other has. What clients know keeps its name; of the others, the
 * one that comes later gets a number behind its name, which the lock keeps from then on.
 *
 * @param previous The lock of the last generation.
 * @returns The schema with the names that differ from those that follow from it, and the reasons for them.
 */
export function resolveNames(
  schema: SchemaModel,
  previous: FieldLock,
): { readonly schema: SchemaModel; readonly renamed: readonly Renaming[] } {
  const naming: Naming = { scope: packageScope(), renamed: [] };
  const { enums, models } = nameAll(schema, previous, naming);
  const ordered = schema.models.map((declared) => {
    const model = models.get(declared.name) ?? declared;
    return nameOrders(model, schema.provider, previous.orders[lockKeyOf(model)], naming);
  });
  return {
    schema: {
      ...schema,
      models: ordered.map((model) => withReferences(model, enums, models)),
      enums: schema.enums.map((declared) => enums.get(declared.name) ?? declared),
    },
    renamed: naming.renamed,
  };
}

interface Named {
  readonly enums: ReadonlyMap<string, EnumModel>;
  readonly models: ReadonlyMap<string, StreamModel>;
}

/** Enums that no column has are no part of the API: they take no name from what is. */
function nameAll({ models, enums }: SchemaModel, previous: FieldLock, naming: Naming): Named {
  const columns = models.flatMap(({ fields }) => fields);
  const types = new Set(columns.flatMap(({ type }) => (type.kind === 'enum' ? type.enum : [])));
  const isUsed = ({ unit }: { unit: EnumUnit | ModelUnit }) =>
    'fields' in unit.declared || types.has(unit.declared.name);
  const aside: Naming = { ...naming, renamed: [] };
  const named = { enums: new Map<string, EnumModel>(), models: new Map<string, StreamModel>() };
  const units = [
    ...unitsOf('enum', enums, enumLockKeyOf, previous.enums).map((unit) => ({
      ...unit,
      unit,
      name: () => named.enums.set(unit.declared.name, nameEnum(unit, types.has(unit.declared.name) ? naming : aside)),
    })),
    ...unitsOf('model', models, lockKeyOf, previous.messages).map((unit) => ({
      ...unit,
      unit,
      name: () => named.models.set(unit.declared.name, nameModel(unit, naming)),
    })),
  ];
  for (const { name } of byPrecedence(units.filter(isUsed))) name();
  for (const { name } of units.filter((unit) => !isUsed(unit))) name();
  return named;
}

function unitsOf<Declared extends StreamModel | EnumModel>(
  kind: 'model' | 'enum',
  all: readonly Declared[],
  keyOf: (declared: Declared) => string,
  locked: FieldLock['messages'],
) {
  const wanted = all.map((declared) => ({
    declared,
    key: keyOf(declared),
    name: declared.api?.name ?? pascalCase(declared.name),
  }));
  const origins = originsIn(locked, wanted);
  return wanted.map(({ declared, key, name }) => {
    const entry = locked[origins.get(key) ?? ''];
    return {
      declared,
      entry,
      owner: `${kind} "${declared.name}"`,
      wanted: name,
      isAsked: declared.api?.name !== undefined,
      locked: entry?.name,
      stored: pascalCase(key),
      location: { file: declared.file, line: declared.line },
    } satisfies Claimant & { readonly declared: Declared; readonly entry: unknown };
  });
}

/** A column knows the names of its enum, and a relation those of its model. */
function withReferences(model: StreamModel, enums: Named['enums'], models: Named['models']): StreamModel {
  const fieldOf = (field: Field): Field => {
    const { type } = field;
    const api = type.kind === 'enum' ? enums.get(type.enum)?.api : undefined;
    return api && type.kind === 'enum' ? { ...field, type: { ...type, api } } : field;
  };
  const includeOf = (include: Include): Include => {
    const api = models.get(include.model)?.api;
    return api ? { ...include, modelApi: api } : include;
  };
  return { ...model, fields: model.fields.map(fieldOf), includes: model.includes.map(includeOf) };
}
