import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A line of the runtime broken on purpose, and the test that must notice. */
interface Mutation {
  readonly what: string;
  /** In src/runtime. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Test file, and the part of a title in it. */
  readonly test: readonly [file: string, title: string];
}

const ends = (title: string) => ['test/runtime/ends.test.ts', title] as const;

const flowControl = (title: string) => ['test/runtime/flow-control.test.ts', title] as const;

/** Cases that are the same in every run, so that a mutant is noticed in each or in none. */
const ORACLE = { GRPC_STREAM_ORACLE_CASES: '25', GRPC_STREAM_ORACLE_SEED: '1' };

const oracle = ['test/exact/oracle-sqlite.test.ts', 'come each once, whole and in order'] as const;

const storedInSqlite = (title: string) => ['test/exact/stored-values-sqlite.test.ts', title] as const;

const hostile = (title: string) => ['test/exact/hostile-postgres.test.ts', title] as const;

const MUTATIONS: readonly Mutation[] = [
  {
    what: 'the drain wait',
    file: 'stream/serve-rows.ts',
    from: 'if (sink.full) await clientTakes((signal) => sink.drained(signal));',
    to: '',
    test: ends('whose consumer takes nothing'),
  },
  {
    what: 'the wait for room before a chunk',
    file: 'stream/serve-rows.ts',
    from: '      await clientTakes((signal) => sink.drained(signal));',
    to: '',
    test: flowControl('fake call a client that stops reading stops the database'),
  },
  {
    what: 'the bound of the queue',
    file: 'write/message-sink.ts',
    from: 'return this.queuedBytes > this.options.maxQueuedBytes;',
    to: 'return false;',
    test: flowControl('HTTP/2 stream no more than the limit is queued'),
  },
  {
    what: 'the flush before the status',
    file: 'stream/serve-rows.ts',
    from: 'await clientTakes((signal) => sink.flushed(signal));\n  } catch',
    to: '} catch',
    test: flowControl('HTTP/2 stream a client that stops reading stops the database'),
  },
  {
    what: 'the abort race',
    file: '../waits/waits.ts',
    from: 'return await Promise.race([promise, aborted]);',
    to: 'return await promise;',
    test: ends('fake call whose database hangs for the yield timeout'),
  },
  {
    what: "the removal of the race's listener",
    file: '../waits/waits.ts',
    from: "signal.removeEventListener('abort', onAbort);",
    to: '',
    test: ['test/waits/waits.test.ts', 'leaves no listener'],
  },
  {
    what: 'the wait for what is in flight',
    file: 'stream/stream-chunks.ts',
    from: 'await Promise.allSettled(inFlight);',
    to: '',
    test: ['test/runtime/read-ahead.test.ts', 'waits on return'],
  },
  {
    what: 'the closing of the source',
    file: 'stream/stream-chunks.ts',
    from: 'await iterator.return?.();',
    to: '',
    test: ['test/runtime/stream-query.test.ts', 'closes the source when the loop is left'],
  },
  {
    what: 'the yield timeout',
    file: 'stream/stream-life.ts',
    from: "else stop(awaited === 'database' ? 'database-stalled' : 'consumer-stalled');",
    to: '',
    test: ['test/runtime/stream-life.test.ts', 'distinguishes a database that stalls'],
  },
  {
    what: 'whose stall it is',
    file: 'stream/serve-rows.ts',
    from: 'onTaken: () => life.moved(),',
    to: "onTaken: () => life.moved('consumer'),",
    test: ends('ends for the database'),
  },
  {
    what: 'the deadline',
    file: 'stream/stream-life.ts',
    from: "const deadline = deadlineTimer(call, () => stop('deadline'));",
    to: 'const deadline = undefined;',
    test: ends('fake call whose deadline passes ends with DEADLINE_EXCEEDED'),
  },
  {
    what: "the removal of the call's listener",
    file: 'stream/stream-life.ts',
    from: "call?.removeListener('cancelled', onCancelled);",
    to: '',
    test: ['test/runtime/stream-life.test.ts', 'leaves no listener and no timer'],
  },
  {
    what: 'the end of the timer',
    file: 'stream/stream-life.ts',
    from: 'clearTimeout(watchdog);',
    to: '',
    test: ['test/runtime/stream-life.test.ts', 'leaves no listener and no timer'],
  },
  {
    what: 'the turn of the event loop',
    file: 'stream/stream-query.ts',
    from: 'await life.turn();',
    to: '',
    test: ['test/testing/fake-call.test.ts', 'cancels after the client has taken'],
  },
  {
    what: "the silence about a failure's text",
    file: 'status/grpc-status.ts',
    from: "details: 'internal error'",
    to: 'details: String(error)',
    test: ends('has the reason in the log, and not at the client'),
  },
  {
    what: 'the place behind the last row',
    file: 'rows/keyset-source.ts',
    from: "direction === 'asc' ? 'gt' : 'lt'",
    to: "direction === 'asc' ? 'gte' : 'lte'",
    test: ['test/runtime/keyset.test.ts', 'resumes after any row'],
  },
  {
    what: "the place in the database's own form, which a Date is not",
    file: 'rows/sql-source.ts',
    from: 'return this.orderIndexes.map((column) => rows.storedValue(row, column));',
    to: `return this.orderIndexes.map((column) => {
      const value = rows.clientValue(row, column);
      return value instanceof Date ? value.toISOString().replace('Z', '+00:00') : rows.storedValue(row, column);
    });`,
    test: oracle,
  },
  {
    what: 'the row at the place, which was sent before',
    file: 'rows/sql-source.ts',
    from: 'return rows.withoutFirst();',
    to: 'return rows;',
    test: oracle,
  },
  {
    what: 'the question whether a row lies behind the place',
    file: 'rows/sql-source.ts',
    from: 'if (answer.length > 0) return;',
    to: 'return;',
    test: storedInSqlite('come again and again'),
  },
  {
    what: 'the look at a place that is not found',
    file: 'rows/sql-source.ts',
    from: 'if (inclusive) this.assertKnown(place);',
    to: '',
    test: storedInSqlite('are no text at all'),
  },
  {
    what: 'the rows of NULL behind the others',
    file: 'rows/sql-query.ts',
    from: "const rest = nulls === 'last' ? (['null'] as const) : [];",
    to: 'const rest = [] as const;',
    test: oracle,
  },
  {
    what: 'what LIKE makes of % and _',
    file: 'rows/sql-query.ts',
    from: 'text.replace(/[!%_]/g,',
    to: 'text.replace(/[!]/g,',
    test: oracle,
  },
  {
    what: 'what a date of any form means',
    file: 'database/sqlite.ts',
    from: "needs: ({ type }) => type === 'DateTime'",
    to: 'needs: () => false',
    test: oracle,
  },
  {
    what: 'the form of each date of a place',
    file: 'rows/stored-place.ts',
    from: 'choices.flatMap((chosen) => forms.map((form) => [...chosen, [date, form] as const]))',
    to: "choices.flatMap((chosen) => [[...chosen, [date, 'offset'] as const]])",
    test: storedInSqlite('dates of two columns'),
  },
  {
    what: 'the place that a client resumes by',
    file: 'stream/serve-rows.ts',
    from: '!placeFields.includes(value.field) && ',
    to: '',
    test: storedInSqlite('never left out of the order'),
  },
  {
    what: 'the end of a row',
    file: 'internals/pg-rows.ts',
    from: 'if (at !== end) throw brokenRow();',
    to: '',
    test: hostile('a row that goes on behind its columns'),
  },
  {
    what: 'the end of the rows',
    file: 'internals/pg-rows.ts',
    from: 'if (columns && this.isComplete)',
    to: 'if (columns)',
    test: hostile('no end of the rows'),
  },
];

/** A test that hangs has noticed too; what passes takes a fraction of this. */
const HANGS_AFTER_MS = 20_000;

/** Runs tests against the sources in a folder; true when they pass. */
function passes(folder: string, tests: readonly (readonly [string, string])[]): Promise<boolean> {
  // One run for all of them takes longer, and must pass.
  const files = [...new Set(tests.map(([file]) => file))];
  const titles = tests.map(([, title]) => title).join('|');
  const args = ['run', ...files, '-t', titles, '--bail', '1', '--testTimeout', tests.length > 1 ? '60000' : '5000'];
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const env = { ...Object.fromEntries(own), ...ORACLE };
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  // A process group of its own: a mutant that spins for ever is a grandchild, and must not outlive the run.
  const child = spawn(process.execPath, [vitest, ...args], { cwd: folder, env, stdio: 'ignore', detached: true });
  const timer = setTimeout(() => process.kill(-Number(child.pid), 'SIGKILL'), tests.length * HANGS_AFTER_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

async function copyOfSources(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-mutation-'));
  for (const path of [
    'src',
    'test/exact',
    'test/runtime',
    'test/testing',
    'test/waits',
    'test/support',
    'package.json',
    'vitest.config.ts',
    'tsconfig.json',
  ])
    await cp(join(ROOT, path), join(folder, path), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Undefined when the mutation was noticed. */
async function survives({ what, file, from, to, test }: Mutation): Promise<string | undefined> {
  const folder = await copyOfSources();
  try {
    const path = join(folder, 'src/runtime', file);
    const text = await readFile(path, 'utf8');
    if (text.split(from).length !== 2) return `${what}: ${file} has no single place that reads ${from}`;
    await writeFile(
      path,
      text.replace(from, () => to),
    );
    return (await passes(folder, [test])) ? `${what}: nobody notices when it is gone from ${file}` : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it('fails when a safeguard of the runtime is removed', { timeout: 600_000 }, async () => {
  const folder = await copyOfSources();
  try {
    // Or else each would fail for another reason.
    expect(
      await passes(
        folder,
        MUTATIONS.map(({ test }) => test),
      ),
    ).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const left = [...MUTATIONS];
  const survivors: string[] = [];
  const worker = async () => {
    for (let mutation = left.shift(); mutation; mutation = left.shift()) {
      const survivor = await survives(mutation);
      if (survivor) survivors.push(survivor);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  expect(survivors).toEqual([]);
});
