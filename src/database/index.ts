export { type CreateTablesOptions, createTables } from './create-tables.js';
export { assertEmpty, seedModel } from './seed-model.js';
export type { SeededTable, SeedOptions, SeedProgress } from './seed-options.js';
