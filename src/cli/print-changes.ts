import { relative } from 'node:path';
import type { FileChange } from '../codegen/index.js';
import type { SchemaModel } from '../model/index.js';
import type { CliContext } from './context.js';
import type { Project } from './load-project.js';

interface Report {
  readonly project: Project;
  readonly schema: SchemaModel;
  readonly changes: readonly FileChange[];
  readonly diff: boolean;
  readonly written: boolean;
}

/** Says what `generate` did, or would do. */
export function printChanges(context: CliContext, { project, schema, changes, diff, written }: Report): void {
  const files = changes.map(({ path, kind }) => ({ path: relative(project.root, path), change: kind }));
  if (context.json) {
    const models = schema.models.map(({ name, key }) => ({ name, key: key.fields }));
    const skipped = schema.skipped.map(({ name, reason }) => ({ name, reason }));
    context.print(JSON.stringify({ upToDate: changes.length === 0, written, files, models, skipped }, null, 2));
    return;
  }
  if (diff) for (const change of changes) context.print(lineDiff(change, relative(project.root, change.path)));
  else if (!written) for (const { path, change } of files) context.print(`${change} ${path}`);
  else for (const { path, change } of files) context.note(`  ${change} ${path}`);
  context.note(summary(schema, changes, written));
}

function summary(schema: SchemaModel, changes: readonly FileChange[], written: boolean): string {
  const models = `${schema.models.length} ${schema.models.length === 1 ? 'model' : 'models'}`;
  if (changes.length === 0) return `✔ ${models}, everything is up to date`;
  const files = `${changes.length} ${changes.length === 1 ? 'file' : 'files'}`;
  return written ? `✔ ${models}, ${files} written` : `${models}, ${files} stale; run \`npx grpc-stream generate\``;
}

/** The lines that differ, between the common head and the common tail. */
function lineDiff({ before, after }: FileChange, path: string): string {
  const old = before === '' ? [] : before.split('\n');
  const now = after === '' ? [] : after.split('\n');
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [
    `--- ${path}`,
    `+++ ${path}`,
    `@@ -${head + 1},${old.length - head - tail} +${head + 1},${now.length - head - tail} @@`,
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
  ].join('\n');
}
