import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaClient } from './generated/prisma/client.js';

/** Reads the scratch table that `grpc-stream bench` made. */
export function createAdapter() {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set');
  return new PrismaBetterSqlite3({ url });
}

export function createPrisma() {
  return new PrismaClient({ adapter: createAdapter() });
}
