import { existsSync } from 'node:fs';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaClient } from '../generated/prisma/client.js';

// This file is yours: the generated server and `grpc-stream seed` call it, and `generate` leaves it alone.

// Variables that are set already win.
if (existsSync('.env')) process.loadEnvFile('.env');

/** How Prisma reaches the database: in UTC, as Prisma reads times. */
export function createAdapter(url = databaseUrl()) {
  const inUtc = new URL(url);
  inUtc.searchParams.set('timezone', 'Z');
  return new PrismaMariaDb(inUtc.href);
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
