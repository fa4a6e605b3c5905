export { loadSchema, parseSchema } from './load-schema.js';
export { readSchemaFiles, type SchemaFile } from './read-schema-files.js';
