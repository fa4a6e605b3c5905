import { GrpcStreamError, messageOf } from '../../errors/index.js';
import type { SchemaModel, StreamModel } from '../../model/index.js';
import type { Project } from '../../project/load-project.js';
import { openProjectDatabase } from '../project-database.js';
import { type Finding, ok, problem } from './finding.js';

/** Whether the database answers, and has a table for every model that streams. */
export async function checkDatabase(project: Project, { models }: SchemaModel): Promise<Finding[]> {
  try {
    const database = await openProjectDatabase(project, { mustExist: true });
    try {
      return [
        ok('database', 'answers'),
        ...(await Promise.all(models.map((model) => checkTable(database.prisma, model)))),
      ];
    } finally {
      await database.close();
    }
  } catch (error) {
    const [action = 'see the message'] = error instanceof GrpcStreamError ? error.nextActions : [];
    return [problem('database', messageOf(error), action)];
  }
}

async function checkTable(prisma: object, { name, delegate, table, key }: StreamModel): Promise<Finding> {
  const model: unknown = Reflect.get(prisma, delegate);
  if (!hasFindFirst(model))
    return problem(`model ${name}`, 'the generated Prisma client does not have it', 'npx grpc-stream generate');
  try {
    const select = Object.fromEntries(key.fields.map((field) => [field, true]));
    const row = await model.findFirst({ select });
    return ok(`table ${table}`, row === null ? 'is there, and empty' : 'is there, and holds rows');
  } catch (error) {
    return problem(`table ${table}`, lastLine(messageOf(error)), 'npx prisma db push, or npx grpc-stream seed');
  }
}

interface FindFirst {
  findFirst(args: object): Promise<unknown>;
}

function hasFindFirst(value: unknown): value is FindFirst {
  return value instanceof Object && typeof Reflect.get(value, 'findFirst') === 'function';
}

/** Prisma's messages end with the point, after an excerpt of the calling code. */
function lastLine(message: string): string {
  return message.trim().split('\n').at(-1)?.trim() ?? message;
}
