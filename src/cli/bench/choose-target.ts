import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchTarget } from '../../bench/index.js';
import { UsageError } from '../../errors/index.js';
import type { Project } from '../../project/load-project.js';
import { packageRoot } from '../../project/package-root.js';
import type { CliContext } from '../context.js';

export interface TargetFlags {
  readonly model?: string | undefined;
  readonly demo?: boolean | undefined;
}

/** A project with generated services is what its user wants measured; all others get the demo. */
export async function chooseTarget(context: CliContext, { model, demo }: TargetFlags): Promise<BenchTarget> {
  const [{ demoTarget, projectTarget }, { loadProject }] = await Promise.all([
    import('../../bench/index.js'),
    import('../../project/load-project.js'),
  ]);
  if (demo) return demoTarget(packageRoot());
  const project = await loadProject(context);
  const isGenerated = project.configFile !== undefined && existsSync(join(project.generatedDir, 'services.ts'));
  if (model === undefined && !isGenerated) return demoTarget(packageRoot());
  const { resolveStreaming } = await import('../../config/index.js');
  const chosen = model ?? (await mainModel(project, context));
  const streaming = resolveStreaming({ env: process.env, config: project.config }, chosen);
  const target = projectTarget({ ...project, model: chosen, streaming });
  await assertDatabaseOpens(project);
  return target;
}

/** The first of those that `seed` fills by default: no other model points to it, so its table is a long one. */
export async function mainModel({ schemaPath }: Project, { note }: CliContext): Promise<string> {
  const [{ loadSchema }, { emptyLock, settleNames }, { modelsToSeed }] = await Promise.all([
    import('../../schema/index.js'),
    import('../../proto/index.js'),
    import('../../database/index.js'),
  ]);
  const schema = settleNames(await loadSchema(schemaPath), emptyLock);
  const [name] = modelsToSeed(schema);
  if (name === undefined) throw new UsageError('bench.no_model', `${schemaPath} has no model that can be streamed`);
  if (schema.models.length > 1) note(`- reading ${name}; --model chooses another`);
  return name;
}

/** Says what the project's database lacks before any process is started. */
async function assertDatabaseOpens(project: Project): Promise<void> {
  const { openProjectDatabase } = await import('../project-database.js');
  const { close } = await openProjectDatabase(project, { mustExist: true });
  await close();
}
