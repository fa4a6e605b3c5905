export { camelCase, kebabCase, pascalCase, plural, screamingSnakeCase, snakeCase, words } from './naming.js';
export {
  type DatabaseProvider,
  type EnumModel,
  type Field,
  type FieldType,
  type Include,
  type IndexColumn,
  isUnsigned,
  type Key,
  type Relation,
  type ScalarType,
  type SchemaModel,
  type SkippedModel,
  type StreamModel,
} from './stream-model.js';
export {
  dateOfNanoseconds,
  dateToTimestamp,
  FIRST_SECOND,
  formatTimestamp,
  LAST_SECOND,
  nanosecondsOf,
  parseTimestamp,
  type Timestamp,
  timestampToDate,
} from './timestamp.js';
export { type JsonScalar, scalarFromJson, scalarToJson, WireType, wireNumbers } from './wire.js';
