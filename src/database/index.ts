export { type CreateTablesOptions, createTables } from './create-tables.js';
export { type DatabaseAdapter, isDatabaseAdapter } from './database-adapter.js';
export { databaseError } from './database-error.js';
export { modelNamed, modelsToSeed } from './models-to-seed.js';
export { assertEmpty, seedModel } from './seed-model.js';
export type { SeededTable, SeedOptions, SeedProgress } from './seed-options.js';
