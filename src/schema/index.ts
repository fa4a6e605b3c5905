export { loadSchema, parseSchema } from './load-schema.js';
export { type GeneratorBlock, readGeneratorBlock } from './read-generator-block.js';
export { readSchemaFiles, type SchemaFile } from './read-schema-files.js';
