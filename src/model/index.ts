export { camelCase, kebabCase, pascalCase, plural, screamingSnakeCase, snakeCase, words } from './naming.js';
export {
  type DatabaseProvider,
  type EnumApi,
  type EnumModel,
  type EnumValue,
  type Field,
  type FieldType,
  type Include,
  type IndexColumn,
  isReadExactly,
  isUnsigned,
  type Key,
  type ModelApi,
  type Relation,
  type ScalarType,
  type SchemaModel,
  type SkippedModel,
  type StreamModel,
} from './stream-model.js';
export {
  dateOf,
  dateOfNanoseconds,
  dateToTimestamp,
  FIRST_SECOND,
  formatTimestamp,
  LAST_SECOND,
  nanosecondsOf,
  parseTimestamp,
  type Timestamp,
  timestampOf,
  timestampToDate,
} from './timestamp.js';
export { type JsonScalar, scalarFromJson, scalarToJson, setMember, WireType, wireNumbers } from './wire.js';
