import { existsSync } from 'node:fs';
import { defineConfig } from 'prisma/config';

// Prisma 7 does not read .env by itself.
if (existsSync('.env')) process.loadEnvFile('.env');

export default defineConfig({
  schema: 'prisma/schema.prisma',
  // Not Prisma's `env()`: that throws when the variable is unset, even where no database is needed, as in a build.
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
