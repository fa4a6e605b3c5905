export { emptyLock, type FieldLock, parseFieldLock, printFieldLock } from './field-lock.js';
export { GENERATED_HEADER, isGenerated } from './generated-header.js';
export { type ModelNames, namesOf, type RpcNames } from './names.js';
export { printProto } from './print-proto.js';
export { propertyOf } from './property-of.js';
export type { ProtoFile } from './proto-file.js';
export { enumNumbers, fieldNumbers, type SchemaProto, schemaToProto } from './schema-to-proto.js';
export { settleNames } from './settle-names.js';
export { toDescriptor } from './to-descriptor.js';
