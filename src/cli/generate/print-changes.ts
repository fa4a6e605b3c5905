import { relative } from 'node:path';
import { styleText } from 'node:util';
import { createTwoFilesPatch } from 'diff';
import type { FileChange } from '../../disk/index.js';
import type { SchemaModel } from '../../model/index.js';
import { type ProjectGeneration, remarksOf } from '../../project/generate-project.js';
import type { CliContext } from '../context.js';

interface Report extends ProjectGeneration {
  readonly diff: boolean;
  readonly written: boolean;
}

/** Says what `generate` did, or would do. */
export function printChanges(context: CliContext, report: Report): void {
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
    for (const change of changes) context.print(unifiedDiff(change, relative(project.root, change.path)));
  else if (!written) for (const { path, change } of files) context.print(`${change} ${path}`);
  else for (const { path, change } of files) context.note(`  ${change} ${path}`);
  for (const line of remarksOf(report)) context.note(line);
  context.note(summary(schema, changes, written));
}

function summary(schema: SchemaModel, changes: readonly FileChange[], written: boolean): string {
  const left = new Set(schema.skipped.map(({ name }) => name)).size;
  const leftOut = left === 0 ? '' : ` (${left} left out)`;
  const models = `${schema.models.length} ${schema.models.length === 1 ? 'model' : 'models'}${leftOut}`;
  if (changes.length === 0) return `✔ ${models}, everything is up to date`;
  const files = `${changes.length} ${changes.length === 1 ? 'file' : 'files'}`;
  return written ? `✔ ${models}, ${files} written` : `${models}, ${files} stale; run \`npx grpc-stream generate\``;
}

/** As `git diff` prints it, so that `git apply` and `patch` take it; in colour on a terminal. */
function unifiedDiff({ kind, before, after }: FileChange, path: string): string {
  const [from, to] = [kind === 'create' ? '/dev/null' : `a/${path}`, kind === 'remove' ? '/dev/null' : `b/${path}`];
  const patch = createTwoFilesPatch(from, to, before, after, undefined, undefined, { context: 3 });
  const [head = '', foot = '', ...body] = patch.replace(/^=+\n/, '').trimEnd().split('\n');
  return [paint('bold', head), paint('bold', foot), ...body.map(paintLine)].join('\n');
}

function paintLine(line: string): string {
  if (line.startsWith('@@')) return paint('cyan', line);
  if (line.startsWith('+')) return paint('green', line);
  return line.startsWith('-') ? paint('red', line) : line;
}

function paint(color: 'bold' | 'cyan' | 'green' | 'red', text: string): string {
  return styleText(color, text, { stream: process.stdout });
}
