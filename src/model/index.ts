export type { Field, FieldType, ScalarType } from './field.js';
export type { IndexColumn } from './index-column.js';
export type { Key } from './key.js';
export { camelCase, kebabCase, pascalCase, plural, screamingSnakeCase, snakeCase, words } from './naming.js';
export { type JsonScalar, scalarFromJson, scalarToJson } from './scalar-json.js';
export type {
  DatabaseProvider,
  EnumModel,
  EnumValue,
  Include,
  Relation,
  SchemaModel,
  SkippedModel,
  StreamModel,
} from './stream-model.js';
export { isUnsigned } from './unsigned.js';
