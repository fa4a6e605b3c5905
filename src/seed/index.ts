export { databaseError } from './connect.js';
export { type DatabaseAdapter, isDatabaseAdapter } from './database-adapter.js';
export { modelNamed, modelsToSeed } from './rows/models-to-seed.js';
export { assertEmpty, seedModel } from './rows/seed-model.js';
export type { SeededTable, SeedOptions, SeedProgress } from './rows/seed-options.js';
export { type CreateTablesOptions, createTables } from './tables/create-tables.js';
