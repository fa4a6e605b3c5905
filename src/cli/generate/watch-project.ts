import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { watch } from 'chokidar';
import { applyChanges } from '../../disk/index.js';
import { GrpcStreamError } from '../../errors/index.js';
import { generateProject, remarksOf } from '../../project/generate-project.js';
import type { Project } from '../../project/load-project.js';
import { unindexedRemarks } from '../../project/unindexed-fields.js';
import { aborted } from '../../waits/index.js';
import { type CliContext, counted } from '../context.js';
import { printError } from '../exit.js';

/**
 * Editors save in several steps: changes within this time are one. It is longer than the 50 ms after a change in which chokidar reports
 * no other: a change that it did not report has been written by the time that the schema is read.
 */
const ONE_CHANGE_MS = 100;

/**
 * Generates again whenever the schema or the configuration changes, until Ctrl-C. A schema with a mistake is reported, and generated from
 * after its next change; only files that differ are written.
 *
 * @param afterwards Runs after each generation that wrote something.
 */
export async function watchProject(
  context: CliContext,
  { schemaPath, configFile }: Project,
  afterwards: () => Promise<void>,
): Promise<void> {
  const paths = [schemaPath, configFile].filter((path) => path !== undefined).filter((path) => existsSync(path));
  const watcher = watch(paths, {
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && path !== configFile && !path.endsWith('.prisma'),
  });
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const regenerate = (path: string) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // One after the other: a change that comes meanwhile is generated next.
      running = running.then(() => generateAgain(context, path, afterwards));
    }, ONE_CHANGE_MS);
  };
  watcher.on('all', (_event, path) => regenerate(path));
  await new Promise<void>((resolve) => watcher.on('ready', () => resolve()));
  context.note(`watching ${paths.map((path) => relative(context.cwd, path)).join(', ')}; Ctrl-C ends`);
  await aborted(context.signal);
  clearTimeout(timer);
  await watcher.close();
  await running;
}

async function generateAgain(context: CliContext, changed: string, afterwards: () => Promise<void>): Promise<void> {
  const start = performance.now();
  try {
    const generation = await generateProject(context);
    await applyChanges(generation.changes, { signal: context.signal });
    for (const line of [...remarksOf(generation), ...unindexedRemarks(generation)]) context.note(line);
    const { length } = generation.changes;
    const files = `${counted(length, 'file')} written`;
    context.note(`✔ ${relative(context.cwd, changed)}: ${files} in ${Math.round(performance.now() - start)} ms`);
    if (length > 0) await afterwards();
  } catch (error) {
    if (context.signal.aborted) return;
    printError(error, { verbose: context.verbose });
    // The next change may correct a mistake of the user's, and even avoid one of ours.
    if (error instanceof GrpcStreamError) context.note('waiting for a change');
  }
}
