import { EnvironmentError, messageOf } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import type { Project } from '../../project/load-project.js';
import { openProjectDatabase } from '../../project/project-database.js';

/**
 * Counts the rows of a project's table, before any process is started: the plan goes by them.
 *
 * @throws EnvironmentError that says what the database lacks.
 */
export async function countProjectRows(project: Project, model: StreamModel): Promise<number> {
  const { countRowsOf } = await import('../../bench/index.js');
  const { prisma, close } = await openProjectDatabase(project, { mustExist: true });
  try {
    const rows = await countRowsOf(prisma, model).catch((cause: unknown) => {
      throw uncountable(model, cause);
    });
    if (rows > 0) return rows;
  } finally {
    await close();
  }
  throw new EnvironmentError('bench.empty_table', `the table of ${model.name} is empty: there is nothing to stream`, {
    nextActions: [`fill it with \`npx grpc-stream seed --model ${model.name} --rows 100000\``],
  });
}

/** Prisma's messages end with the point, after an excerpt of the calling code. */
function uncountable({ name }: StreamModel, cause: unknown): EnvironmentError {
  const reason = messageOf(cause).trim().split('\n').at(-1)?.trim();
  return new EnvironmentError('bench.no_table', `the table of ${name} cannot be read: ${reason}`, {
    cause,
    nextActions: [
      'check DATABASE_URL, and that the database runs',
      `make and fill the table: \`npx grpc-stream seed --model ${name} --rows 100000\``,
    ],
  });
}
