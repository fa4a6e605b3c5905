import { existsSync } from 'node:fs';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaClient } from '../generated/prisma/client.js';

// This file is yours: the generated server and `grpc-stream seed` call it, and `generate` leaves it alone.

// Variables that are set already win.
if (existsSync('.env')) process.loadEnvFile('.env');

/** How Prisma reaches the database. */
export function createAdapter() {
  return new PrismaBetterSqlite3({ url: databaseUrl() });
}

/** A client of its own pool of connections; who creates it calls `$disconnect()`. */
export function createPrisma() {
  return new PrismaClient({ adapter: createAdapter() });
}

function databaseUrl(): string {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set: copy .env.example to .env, or set it in the environment');
  return url;
}
