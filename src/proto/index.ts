export { apiChanges, describeApiChange, namingNotes } from './changes/api-changes.js';
export type { ApiChange } from './changes/member-changes.js';
export { generatableSchema } from './generatable-schema.js';
export {
  enumNamesOf,
  fieldNameOf,
  fileNameOf,
  namesOf,
  orderValueName,
  propertyOf,
  type RpcNames,
  typeNameOf,
  valueNameOf,
} from './names/names.js';
export { streamOrders } from './names/stream-orders.js';
export { emptyLock, type FieldLock, parseFieldLock, printFieldLock } from './numbers/field-lock.js';
export { enumNumbers, fieldNumbers, type ModelFile, schemaToProto } from './schema-to-proto.js';
export { type DescriptorShape, describedFile, descriptorShape } from './text/descriptor.js';
export { isFilterField, SHARED_NAMES } from './text/filter-messages.js';
export {
  GENERATED_HEADER,
  isGenerated,
  type ProtoFile,
  type ProtoMessage,
  type ProtoService,
  printProto,
} from './text/proto-file.js';
