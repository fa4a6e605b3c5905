import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The project that a schema belongs to, wherever Prisma was called from: the nearest folder above it with a configuration of ours, or
 * else with a package.json, or else the working folder.
 */
export function findProject(schemaPath: string): string {
  const folders = foldersAbove(resolve(schemaPath));
  return folders.find(hasConfig) ?? folders.find((folder) => existsSync(join(folder, 'package.json'))) ?? process.cwd();
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

function hasConfig(folder: string): boolean {
  return readdirSync(folder).some((name) => name.startsWith('grpc-stream.config.'));
}
