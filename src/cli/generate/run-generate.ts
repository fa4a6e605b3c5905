import { relative } from 'node:path';
import { applyChanges, type FileChange } from '../../disk/index.js';
import type { SchemaModel } from '../../model/index.js';
import {
  generatePrismaClient,
  generateProject,
  type ProjectGeneration,
  remarksOf,
} from '../../project/generate-project.js';
import type { Project } from '../../project/load-project.js';
import { unindexedRemarks } from '../../project/unindexed-fields.js';
import { type CliContext, counted } from '../context.js';
import { ExitCode } from '../exit.js';
import { unifiedDiff } from '../unified-diff.js';

/** The flags of `generate`. */
export interface GenerateFlags {
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly watch?: boolean;
  readonly allGenerators?: boolean;
  /** `--no-client` */
  readonly client: boolean;
}

/**
 * Generates the project's files, and writes, lists, compares or watches them, as the flags say.
 *
 * @param onWritten Runs with `watch`: after the first generation, and after each that wrote something.
 */
export async function runGenerate(
  context: CliContext,
  flags: GenerateFlags,
  onWritten = () => {},
): Promise<number | undefined> {
  const writes = !(flags.check || flags.dryRun || flags.diff);
  const generation = await generateProject(context);
  const { project, schema, changes } = generation;
  const makeClient = () =>
    flags.client ? generateClient(context, project, flags.allGenerators ?? false, schema) : Promise.resolve();
  if (writes) {
    await applyChanges(changes, { signal: context.signal });
    await makeClient();
  }
  await printChanges(context, { ...generation, diff: flags.diff ?? false, written: writes });
  if (flags.watch) {
    const { watchProject } = await import('./watch-project.js');
    onWritten();
    return void (await watchProject(context, project, () => makeClient().then(onWritten)));
  }
  return flags.check && changes.length > 0 ? ExitCode.stale : ExitCode.ok;
}

async function generateClient(
  context: CliContext,
  project: Project,
  all: boolean,
  { client }: SchemaModel,
): Promise<void> {
  if (client)
    return generatePrismaClient(project, { only: all ? undefined : client.generator, signal: context.signal });
  const { ADD_CLIENT_GENERATOR } = await import('../../scaffold/index.js');
  context.note(`warning no Prisma client was generated: ${ADD_CLIENT_GENERATOR}`);
}

interface Report extends ProjectGeneration {
  readonly diff: boolean;
  readonly written: boolean;
}

/** Prints what `generate` did, or would do. */
async function printChanges(context: CliContext, report: Report): Promise<void> {
  const { project, schema, changes, apiChanges, written } = report;
  const files = changes.map(({ path, kind }) => ({ path: relative(project.root, path), change: kind }));
  if (context.json) {
    const models = schema.models.map(({ name, key }) => ({ name, key: key.fields }));
    const { skipped } = schema;
    const upToDate = changes.length === 0;
    context.print(JSON.stringify({ upToDate, written, files, apiChanges, models, skipped }, null, 2));
    return;
  }
  if (report.diff)
    for (const change of changes) context.print(await unifiedDiff(change, relative(project.root, change.path)));
  else if (!written) for (const { path, change } of files) context.print(`${change} ${path}`);
  else for (const { path, change } of files) context.note(`  ${change} ${path}`);
  for (const line of remarksOf(report)) context.note(line);
  if (written) for (const line of unindexedRemarks(report)) context.note(line);
  context.note(summary(schema, changes, written));
}

function summary(schema: SchemaModel, changes: readonly FileChange[], written: boolean): string {
  const left = new Set(schema.skipped.map(({ name }) => name)).size;
  const leftOut = left === 0 ? '' : ` (${left} left out)`;
  const models = `${counted(schema.models.length, 'model')}${leftOut}`;
  if (changes.length === 0) return `✔ ${models}, everything is up to date`;
  const files = counted(changes.length, 'file');
  return written ? `✔ ${models}, ${files} written` : `${models}, ${files} stale; run \`npx grpc-stream generate\``;
}
