export { hiddenPartsOf } from './hidden-parts.js';
export { loadSchema, parseSchema } from './load-schema.js';
export { type GeneratorBlock, readGeneratorBlock } from './schema-blocks.js';
export { readSchemaFiles, type SchemaFile } from './schema-files.js';
