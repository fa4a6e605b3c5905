export { databaseError } from './connection.js';
export { modelNamed, modelsToSeed } from './rows/models-to-seed.js';
export { assertCanSeed, type SeedOptions, seedModel } from './rows/seed-model.js';
export type { SeededTable, SeedProgress } from './rows/write-table.js';
export { createTables } from './tables/create-tables.js';
