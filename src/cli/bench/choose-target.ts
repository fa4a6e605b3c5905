import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchTarget } from '../../bench/index.js';
import { EnvironmentError, messageOf, UsageError } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import type { Project } from '../../project/load-project.js';
import { packageRoot } from '../../project/package-root.js';
import { openProjectDatabase } from '../../project/project-database.js';
import type { CliContext } from '../context.js';

export interface TargetFlags {
  readonly model?: string | undefined;
  readonly demo?: boolean | undefined;
}

/** What is benched, and how long its table is: null for a demo's, which is made as long as is asked for. */
export interface ChosenTarget {
  readonly target: BenchTarget;
  readonly rows: number | null;
}

/** A project with generated services is what its user wants measured; all others get the demo. */
export async function chooseTarget(context: CliContext, { model, demo }: TargetFlags): Promise<ChosenTarget> {
  const [{ demoTarget, projectTarget }, { loadProject }] = await Promise.all([
    import('../../bench/index.js'),
    import('../../project/load-project.js'),
  ]);
  const ofDemo = () => ({ target: demoTarget(packageRoot()), rows: null });
  if (demo) return ofDemo();
  const project = await loadProject(context);
  const isGenerated = project.configFile !== undefined && existsSync(join(project.generatedDir, 'services.ts'));
  if (model === undefined && !isGenerated) return ofDemo();
  const { resolveStreaming } = await import('../../config/index.js');
  const chosen = await chooseModel(project, model, context);
  const streaming = resolveStreaming({ env: process.env, config: project.config }, chosen.name);
  const target = projectTarget({ ...project, model: chosen.name, streaming });
  return { target, rows: await countProjectRows(project, chosen) };
}

/**
 * The model that was named; else the first of those that `seed` fills by default: no other model points to it, so its table
 * is a long one.
 *
 * @throws UsageError when there is none of that name, or none that can be streamed.
 */
export async function chooseModel(
  { schemaPath }: Project,
  named: string | undefined,
  { note }: CliContext,
): Promise<StreamModel> {
  const [{ loadSchema }, { emptyLock, generatableSchema }, { modelNamed, modelsToSeed }] = await Promise.all([
    import('../../schema/index.js'),
    import('../../proto/index.js'),
    import('../../seed/index.js'),
  ]);
  const schema = generatableSchema(await loadSchema(schemaPath), emptyLock);
  if (named !== undefined) return modelNamed(named, schema);
  const [name] = modelsToSeed(schema);
  if (name === undefined) throw new UsageError('bench.no_model', `${schemaPath} has no model that can be streamed`);
  if (schema.models.length > 1) note(`- reading ${name}; --model chooses another`);
  return modelNamed(name, schema);
}

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
