import type {
  DatabaseProvider,
  Field,
  Include,
  IndexColumn,
  Key,
  Relation,
  ScalarType,
  SkippedModel,
  StreamModel,
} from '../model/index.js';
import { type Annotations, readAnnotations } from './annotations.js';
import { chooseKey, uniquesOf } from './choose-key.js';
import type { HiddenParts } from './hidden-parts.js';
import type { Datamodel, DmmfField, DmmfModel } from './prisma-parser.js';
import type { SchemaBlock } from './schema-files.js';

interface ModelContext {
  /** Where each model is declared. */
  readonly places: ReadonlyMap<string, SchemaBlock>;
  readonly indexes: ReadonlyMap<string, Datamodel['indexes']>;
  readonly provider: DatabaseProvider;
  readonly hidden: HiddenParts;
  /** Invalid annotations, by the enum that they are on. */
  readonly enumProblems: ReadonlyMap<string, readonly string[]>;
}

/** A model is either streamed, or omitted, or skipped for one or several reasons. */
interface ParsedModel {
  readonly streamed?: StreamModel;
  readonly omitted?: StreamModel;
  readonly skipped?: readonly SkippedModel[];
}

/** Converts a model of Prisma's to ours, or says why it cannot be streamed. */
export function parseModel(model: DmmfModel, context: ModelContext): ParsedModel {
  const { provider, enumProblems } = context;
  const place = placeOf(model, context);
  const own = readAnnotations(model.documentation, 'model', `the ${place.kind} itself`);
  const fields = model.fields.map((field) => ({ field, annotations: annotationsOf(field) }));
  // A model that is omitted as a whole is never resumed: its key may hold omitted columns.
  const omitted = own.omit ? [] : fields.filter(({ annotations }) => annotations.omit).map(({ field }) => field.name);
  const unwritable = context.hidden.unwritable.get(model.name) ?? [];
  const indexes = sortedIndexes(context.indexes.get(model.name) ?? []);
  const key = chooseKey(model, { kind: place.kind, provider, omitted });
  if (typeof key !== 'string' && own.omit)
    return { omitted: streamModel(model, { place, own, fields, key, indexes, unwritable }) };
  if (own.omit) return {};
  const problems = [
    ...own.problems,
    ...fields.flatMap(({ annotations }) => annotations.problems),
    ...new Set(fields.flatMap(({ field }) => enumProblems.get(field.type) ?? [])),
  ];
  if (typeof key !== 'string' && problems.length === 0)
    return { streamed: streamModel(model, { place, own, fields, key, indexes, unwritable }) };
  const unclear = problems.map((problem) => `${place.kind} "${model.name}" is left out: ${problem}`);
  const reasons = typeof key === 'string' ? [...unclear, key] : unclear;
  const { file, line } = place;
  return { skipped: reasons.map((reason) => ({ name: model.name, ...tableOf(model), reason, file, line })) };
}

interface ModelPlace {
  readonly kind: 'model' | 'view';
  readonly file: string;
  readonly line: number;
}

function placeOf({ name }: DmmfModel, { places }: ModelContext): ModelPlace {
  const { kind, file = '', line = 1 } = places.get(name) ?? {};
  return { kind: kind === 'view' ? 'view' : 'model', file, line };
}

function tableOf({ name, dbName, schema }: DmmfModel): { readonly table: string; readonly schema?: string } {
  return { table: dbName ?? name, ...(schema ? { schema } : {}) };
}

function annotationsOf(field: DmmfField): Annotations {
  const thing = field.kind === 'object' ? 'relation' : 'field';
  return readAnnotations(field.documentation, thing, `field "${field.name}"`);
}

/**
 * The orders that a database can read a model's rows in without sorting them. An index of another kind than a B-tree, over the beginning
 * of a text, or with an operator class of its own keeps no order that a query could ask for.
 */
function sortedIndexes(indexes: Datamodel['indexes']): readonly (readonly IndexColumn[])[] {
  return indexes
    .filter(({ type }) => type !== 'fulltext')
    .filter(({ algorithm }) => algorithm == null || algorithm === 'BTree')
    .filter(({ fields }) => fields.every(({ length, operatorClass }) => !length && !operatorClass))
    .map(({ fields }) => fields.map(({ name, sortOrder }) => ({ field: name, direction: sortOrder ?? 'asc' })));
}

interface Parts {
  readonly place: ModelPlace;
  readonly own: Annotations;
  readonly fields: readonly AnnotatedField[];
  readonly key: Key;
  readonly indexes: StreamModel['indexes'];
  readonly unwritable: readonly string[];
}

interface AnnotatedField {
  readonly field: DmmfField;
  readonly annotations: Annotations;
}

function streamModel(model: DmmfModel, { place, own, fields, key, indexes, unwritable }: Parts): StreamModel {
  const columns = fields.filter(({ field }) => field.kind === 'scalar' || field.kind === 'enum');
  return {
    name: model.name,
    ...(own.apiName === undefined ? {} : { api: { name: own.apiName } }),
    ...place,
    delegate: model.name.charAt(0).toLowerCase() + model.name.slice(1),
    ...tableOf(model),
    fields: columns.filter(({ annotations }) => !annotations.omit).map(parseField),
    omitted: columns.filter(({ annotations }) => annotations.omit).map(parseField),
    includes: fields.filter(({ annotations }) => annotations.include).map(parseInclude),
    key,
    uniques: uniquesOf(model),
    indexes,
    relations: model.fields.flatMap(parseRelation),
    ...(unwritable.length > 0 ? { unwritable } : {}),
    ...(own.documentation === undefined ? {} : { documentation: own.documentation }),
  };
}

function parseField({ field, annotations: { documentation, allow, number, apiName } }: AnnotatedField): Field {
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
    ...(documentation === undefined ? {} : { documentation }),
    ...(apiName === undefined ? {} : { apiName }),
    ...(allow ? { allowed: true } : {}),
    ...(number === undefined ? {} : { number }),
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
      // A type that a later Prisma adds: every consumer can read its text form.
      return 'String';
  }
}

function isAutoincrement(value: unknown): boolean {
  return value instanceof Object && 'name' in value && value.name === 'autoincrement';
}

function parseInclude({ field, annotations: { documentation, number, apiName } }: AnnotatedField): Include {
  return {
    name: field.name,
    model: field.type,
    list: field.isList,
    ...(documentation === undefined ? {} : { documentation }),
    ...(apiName === undefined ? {} : { apiName }),
    ...(number === undefined ? {} : { number }),
  };
}

function parseRelation(field: DmmfField): Relation[] {
  const { relationFromFields: from = [], relationToFields: to = [] } = field;
  if (field.kind !== 'object' || from.length === 0) return [];
  return [
    { name: field.name, fields: from, references: { model: field.type, fields: to }, optional: !field.isRequired },
  ];
}
