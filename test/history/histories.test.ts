import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ApiChange,
  apiChanges,
  describeApiChange,
  emptyLock,
  type FieldLock,
  printProto,
  schemaToProto,
} from '../../src/proto/index.js';
import { parseSchema } from '../../src/schema/index.js';
import { runBuf } from '../support/buf.js';
import { suiteFolder } from '../support/suite-folder.js';
import { writeTree } from '../support/write-tree.js';
import { type History, histories } from './histories.js';

/** The changes that an edit made to the API, as this package and `buf breaking` report them. */
interface Outcome {
  readonly edit: string;
  readonly changes: readonly ApiChange[];
  readonly broken: readonly string[];
}

const folder = suiteFolder();

describe.each(histories.map((history, index) => ({ ...history, index })))('$name', (history) => {
  let outcomes: readonly Outcome[] = [];
  beforeAll(async () => {
    outcomes = await live(history, join(folder.path, String(history.index)));
  });

  it.each(history.steps)('$edit: is reported as expected', ({ edit, report }) => {
    const { changes } = outcomeOf(edit);
    expect(changes.map((change) => describeApiChange(change)[0])).toEqual(report);
  });

  it.each(history.steps)('$edit: breaks the rules of `buf breaking` that are expected', ({ edit, broken }) => {
    expect(outcomeOf(edit).broken).toEqual(broken);
  });

  it.each(history.steps)('$edit: is reported when it breaks a rule', ({ edit }) => {
    const { broken, changes } = outcomeOf(edit);
    if (broken.length > 0) expect(changes).not.toEqual([]);
    for (const { consequence } of changes) expect(consequence).toMatch(/client|callers|stream/);
  });

  function outcomeOf(edit: string): Outcome {
    const outcome = outcomes.find((candidate) => candidate.edit === edit);
    if (!outcome) throw new Error(`no edit ${edit}`);
    return outcome;
  }
});

async function live({ start, steps }: History, place: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let lock = await generation(start, emptyLock, join(place, '0'));
  for (const [index, { edit, schema }] of steps.entries()) {
    const [before, after] = [join(place, String(index)), join(place, String(index + 1))];
    const next = await generation(schema, lock, after);
    outcomes.push({ edit, changes: apiChanges(lock, next), broken: await brokenRules(before, after) });
    lock = next;
  }
  return outcomes;
}

async function generation(schema: string, previous: FieldLock, place: string): Promise<FieldLock> {
  const content = `datasource db {\n  provider = "postgresql"\n}\n${schema}`;
  const { files, lock } = schemaToProto(parseSchema([{ path: 'schema.prisma', content }]), 'shop', previous);
  await writeTree(place, [['buf.yaml', BUF_CONFIG], ...files.map((file) => [file.path, printProto(file)] as const)]);
  return lock;
}

/** Checks compatibility with existing messages, in binary and in JSON; other tests lint. */
const BUF_CONFIG = 'version: v2\nbreaking:\n  use: [WIRE_JSON]\n';

/** The rules by which `buf breaking` finds the second module incompatible with the first; sorted, each once. */
async function brokenRules(before: string, after: string): Promise<string[]> {
  const found = await runBuf(['breaking', after, '--against', before, '--error-format', 'json'], after);
  const rules = found
    .split('\n')
    .filter((line) => line !== '')
    .map((line): string => JSON.parse(line).type);
  return [...new Set(rules)].sort();
}
