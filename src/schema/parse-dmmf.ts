import type { EnumModel, Field, Relation, ScalarType, SchemaModel, SkippedModel, StreamModel } from '../model/index.js';
import { chooseKey, type ModelKind, uniquesOf } from './choose-key.js';
import type { Datamodel, DmmfField, DmmfModel } from './dmmf.js';
import { indexesOf } from './indexes-of.js';
import { locateBlock } from './locate-block.js';
import type { SchemaConfig } from './read-schema-config.js';
import type { SchemaFile } from './read-schema-files.js';

/** Prisma's data model as our own: what cannot be streamed is set apart with its reason, never dropped in silence. */
export function parseDmmf(
  datamodel: Datamodel,
  { files, ...config }: SchemaConfig & { readonly files: readonly SchemaFile[] },
): SchemaModel {
  const { models, enums } = datamodel;
  const parsed = models.map((model) => parseModel(model, datamodel, files));
  return {
    ...config,
    models: parsed.filter((result): result is StreamModel => 'key' in result),
    skipped: parsed.filter((result): result is SkippedModel => 'reason' in result).sort(byPlace),
    enums: enums.map(parseEnum),
  };
}

function parseModel(model: DmmfModel, datamodel: Datamodel, files: readonly SchemaFile[]): StreamModel | SkippedModel {
  const { kind, ...place } = locate(model.name, files);
  const key = chooseKey(model, kind);
  if (typeof key === 'string') return { name: model.name, reason: key, ...place };
  return {
    name: model.name,
    delegate: model.name.charAt(0).toLowerCase() + model.name.slice(1),
    table: model.dbName ?? model.name,
    ...(model.schema ? { schema: model.schema } : {}),
    fields: model.fields.filter(isColumn).map(parseField),
    key,
    uniques: uniquesOf(model),
    indexes: indexesOf(model.name, datamodel),
    relations: model.fields.flatMap(parseRelation),
    ...documented(model),
  };
}

function isColumn(field: DmmfField): boolean {
  return field.kind === 'scalar' || field.kind === 'enum';
}

function parseField(field: DmmfField): Field {
  const [native] = field.nativeType ?? [];
  const args = field.nativeType?.[1] ?? [];
  return {
    name: field.name,
    column: field.dbName ?? field.name,
    type: field.kind === 'enum' ? { kind: 'enum', enum: field.type } : { kind: 'scalar', scalar: scalarOf(field.type) },
    list: field.isList,
    optional: !field.isRequired,
    hasDefault: field.hasDefaultValue || field.isUpdatedAt === true,
    autoincrement: isAutoincrement(field.default),
    ...(native ? { nativeType: args.length > 0 ? `${native}(${args.join(',')})` : native } : {}),
    ...documented(field),
  };
}

function scalarOf(type: string): ScalarType {
  switch (type) {
    case 'String':
    case 'Boolean':
    case 'Int':
    case 'BigInt':
    case 'Float':
    case 'Decimal':
    case 'DateTime':
    case 'Json':
    case 'Bytes':
      return type;
    default:
      // A type that Prisma adds one day: its text form is the least that any consumer understands.
      return 'String';
  }
}

function isAutoincrement(value: DmmfField['default']): boolean {
  return value instanceof Object && 'name' in value && value.name === 'autoincrement';
}

function parseRelation(field: DmmfField): Relation[] {
  const { relationFromFields: from = [], relationToFields: to = [] } = field;
  if (field.kind !== 'object' || from.length === 0) return [];
  return [
    { name: field.name, fields: from, references: { model: field.type, fields: to }, optional: !field.isRequired },
  ];
}

function parseEnum({ name, values, documentation }: Datamodel['enums'][number]): EnumModel {
  return {
    name,
    values: values.map((value) => ({ name: value.name, stored: value.dbName ?? value.name })),
    ...documented({ documentation }),
  };
}

function documented({ documentation }: { readonly documentation?: string | undefined }): { documentation?: string } {
  return documentation === undefined ? {} : { documentation };
}

function locate(model: string, files: readonly SchemaFile[]): { kind: ModelKind; file: string; line: number } {
  const found = locateBlock(new RegExp(`^\\s*(model|view)\\s+${model}\\s*\\{`), files);
  const kind = found?.text.trim().startsWith('view') ? 'view' : 'model';
  return { kind, file: found?.file ?? files[0]?.path ?? '', line: found?.line ?? 1 };
}

function byPlace(a: SkippedModel, b: SkippedModel): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
