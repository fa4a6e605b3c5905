import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import type { DatabaseProvider } from '../../model/index.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Node, and the packages that a project needs at run time. */
export function checkEnvironment(root: string, provider: DatabaseProvider | undefined): Finding[] {
  return [
    checkNode(process.versions.node),
    checkPackage(root, 'prisma'),
    checkPackage(root, '@prisma/client'),
    ...(provider ? [checkAdapter(root, provider)] : []),
  ];
}

/** The releases that Prisma 7 supports. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (fits) return ok('node', version);
  return problem(
    'node',
    `${version} is not supported`,
    'install Node 20.19, 22.12 or 24, or later releases of these lines',
  );
}

const ADAPTERS: Readonly<Record<DatabaseProvider, readonly string[]>> = {
  sqlite: ['@prisma/adapter-better-sqlite3', '@prisma/adapter-libsql'],
  postgresql: ['@prisma/adapter-pg', '@prisma/adapter-neon', '@prisma/adapter-ppg'],
  cockroachdb: ['@prisma/adapter-pg'],
  mysql: ['@prisma/adapter-mariadb', '@prisma/adapter-planetscale'],
  sqlserver: ['@prisma/adapter-mssql'],
};

function checkAdapter(root: string, provider: DatabaseProvider): Finding {
  const [usual = '', ...others] = ADAPTERS[provider];
  for (const name of [usual, ...others]) {
    const version = versionOf(root, name);
    if (version) return ok('driver adapter', `${name} ${version} for ${provider}`);
  }
  return problem('driver adapter', `none is installed for ${provider}`, `npm install ${usual}`);
}

function checkPackage(root: string, name: string): Finding {
  const version = versionOf(root, name);
  if (!version)
    return problem(name, 'is not installed', `npm install ${name === 'prisma' ? '--save-dev ' : ''}${name}`);
  if (version.startsWith('7.')) return ok(name, version);
  return warning(name, `${version}; grpc-stream is made for Prisma 7`, `npm install ${name}@7`);
}

function versionOf(root: string, name: string): string | undefined {
  const paths = createRequire(join(root, 'package.json')).resolve.paths(name) ?? [];
  for (const folder of paths) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
      return z.object({ version: z.string() }).parse(manifest).version;
    } catch {
      // Not in this folder; Node would look in the next.
    }
  }
  return undefined;
}
