import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { type History, histories } from './histories.js';
import { brokenRules, writeModule } from './run-buf.js';

/** What an edit did to the API, by us and by `buf breaking`. */
interface Outcome {
  readonly edit: string;
  readonly changes: readonly ApiChange[];
  readonly broken: readonly string[];
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-history-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(histories.map((history, index) => ({ ...history, index })))('$name', (history) => {
  let outcomes: readonly Outcome[] = [];
  beforeAll(async () => {
    outcomes = await live(history, join(folder, String(history.index)));
  });

  it.each(history.steps)('$edit: is reported as it should be', ({ edit, report }) => {
    const { changes } = outcomeOf(edit);
    expect(changes.map((change) => describeApiChange(change)[0])).toEqual(report);
  });

  it.each(history.steps)('$edit: is what `buf breaking` finds it to be', ({ edit, broken }) => {
    expect(outcomeOf(edit).broken).toEqual(broken);
  });

  it.each(history.steps)('$edit: is never broken in silence', ({ edit }) => {
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
  await writeModule(place, new Map(files.map((file) => [file.path, printProto(file)])));
  return lock;
}
