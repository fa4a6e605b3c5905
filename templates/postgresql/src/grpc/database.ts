import { existsSync } from 'node:fs';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../generated/prisma/client.js';

// This file is yours: the generated server and `grpc-stream seed` call it, and `generate` leaves it alone.

// Variables that are set already win.
if (existsSync('.env')) process.loadEnvFile('.env');

/** How Prisma reaches the database: in the schema that the URL names with `?schema=`, and in UTC, as Prisma reads times. */
export function createAdapter(url = databaseUrl()) {
  const schema = new URL(url).searchParams.get('schema');
  return new PrismaPg(
    { connectionString: url, options: '-c TimeZone=UTC', statement_timeout: statementTimeout() * 1000 },
    schema ? { schema } : {},
  );
}

/** A client of its own pool of connections; who creates it calls `$disconnect()`. */
export function createPrisma(url = databaseUrl()) {
  return new PrismaClient({ adapter: createAdapter(url) });
}

/** What streams read from in the place of the database, if there is a replica; your hooks and services keep the database. */
export function createReplica() {
  const url = process.env.DATABASE_REPLICA_URL;
  return url ? { prisma: createPrisma(url), adapter: createAdapter(url) } : undefined;
}

function databaseUrl(): string {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set: copy .env.example to .env, or set it in the environment');
  return url;
}

/**
 * Seconds after which PostgreSQL ends a statement by itself, also when this process is gone; 0 for never. A stream's end cancels its query
 * before: let it be longer than `yieldTimeout`.
 */
function statementTimeout(): number {
  const seconds = Number(process.env.DATABASE_STATEMENT_TIMEOUT ?? 60);
  if (seconds >= 0) return seconds;
  throw new Error('DATABASE_STATEMENT_TIMEOUT is not a number of seconds');
}
