import { join } from 'node:path';
import { LOCK_FILE } from '../codegen/index.js';
import { readFileIfAny } from '../disk/index.js';
import type { SchemaModel } from '../model/index.js';
import { emptyLock, type FieldLock, generatableSchema, parseFieldLock } from '../proto/index.js';
import { loadSchema } from '../schema/index.js';
import type { Project } from './load-project.js';

/** Reads a project's schema with the names that the project's API has. */
export async function loadStreamedSchema({
  schemaPath,
  protoDir,
}: Pick<Project, 'schemaPath' | 'protoDir'>): Promise<SchemaModel> {
  return generatableSchema(await loadSchema(schemaPath), await readLock(protoDir));
}

/** Reads the lock of the last generation; empty before the first. */
export async function readLock(protoDir: string): Promise<FieldLock> {
  const path = join(protoDir, LOCK_FILE);
  const text = await readFileIfAny(path);
  return text === undefined ? emptyLock : parseFieldLock(text, path);
}
