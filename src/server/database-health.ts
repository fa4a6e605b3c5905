import { queryUntil } from '../runtime/database/cancel-queries.js';
import { databaseFailureOf } from '../runtime/database/database-failure.js';
import { explainDatabase } from '../runtime/database/explain-failure.js';
import { isLocked, takeLockTimeout } from '../runtime/database/sqlite.js';
import type { SqlReader, SqlReaderFactory, StreamLogger, StreamService } from '../runtime/index.js';
import { isReplaced, type OpenedFile, openedFileOf, sqliteDriverOf } from '../runtime/internals/better-sqlite3.js';
import { closeReader } from '../runtime/internals/driver-adapter.js';
import { withMethods } from '../runtime/internals/driver-pools.js';
import { abortable, backoffMs, onAbort, sleep, timeLimit } from '../waits/index.js';
import type { Health } from './health.js';

export interface FollowDatabaseOptions extends Pick<WatchDatabaseOptions, 'check' | 'signal'> {
  readonly health: Health;
  readonly services: readonly StreamService[];
  /** What the log calls the database. */
  readonly name: string;
  readonly logger: StreamLogger | undefined;
}

/** Sets health by the state of the database, until the signal is aborted: a service is SERVING if the database answers and has its tables. */
export function followDatabase({ health, services, name, logger, check, signal }: FollowDatabaseOptions): void {
  const url = name === 'replica' ? 'DATABASE_REPLICA_URL' : 'DATABASE_URL';
  const onGone = (problem: unknown) => {
    health.setServing(() => false);
    logger?.error(explained(problem, url), `the ${name} does not answer: health is NOT_SERVING until it does`);
  };
  const onAnswer = (unreadable: UnreadableServices) => {
    const readable = services.filter(({ assertReadable, name }) => assertReadable && !unreadable.has(name));
    // One missing table is no reason to stop serving all the others.
    health.setServing((service) =>
      service === '' ? unreadable.size === 0 || readable.length > 0 : !unreadable.has(service),
    );
    if (unreadable.size === 0) return logger?.info({}, `the ${name} answers`);
    logger?.error(
      lacking(unreadable),
      `the ${name} answers, but lacks tables: the health of services that read them is NOT_SERVING until the tables exist`,
    );
  };
  void watchDatabase({
    check,
    signal,
    onChange: (state) => ('problem' in state ? onGone(state.problem) : onAnswer(state.unreadable)),
  });
}

function explained(problem: unknown, url: string): object {
  const { reason, nextActions } = explainDatabase(problem, { url });
  return { reason, next: nextActions };
}

function lacking(unreadable: UnreadableServices): object {
  const problems = [...unreadable].map(([service, problem]) => ({ service, ...explainDatabase(problem) }));
  return {
    lacking: problems.map(({ service, reason }) => ({ service, reason })),
    next: [...new Set(problems.flatMap(({ nextActions }) => nextActions))],
  };
}

type Check = (signal: AbortSignal) => Promise<UnreadableServices> | Promise<void>;

/** Services by name, each with the database's error about the tables that the service reads. */
type UnreadableServices = ReadonlyMap<string, unknown>;

/** Either the database does not answer, with the reason, or it answers, with the services whose tables it lacks. */
type DatabaseState = { readonly problem: unknown } | { readonly unreadable: UnreadableServices };

export interface WatchDatabaseOptions {
  /** Queries the database, and rejects when it does not answer. The signal is aborted when the wait for the answer ends. */
  readonly check: Check;
  /** Called with the first answer, and at every change. */
  readonly onChange: (state: DatabaseState) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Between two checks of a database that answers. Default 5 s. */
  readonly intervalMs?: number | undefined;
  /** How long an answer may take. Default 5 s. */
  readonly timeoutMs?: number | undefined;
}

/** A database that does not answer is checked again soon, and then less and less often, so that the checks do not disturb its start. */
const RETRY = { firstMs: 250, longestMs: 10_000 };

/** One slow answer is no outage: this process may have been busy. */
const FAILURES_TO_BE_GONE = 2;

/** Checks the database again and again, until the signal is aborted; never rejects. */
export async function watchDatabase({
  check,
  onChange,
  signal,
  intervalMs = 5000,
  timeoutMs = 5000,
}: WatchDatabaseOptions): Promise<void> {
  const changes = new ChangeReporter(onChange);
  let failures = 0;
  while (!signal.aborted) {
    const onLateProblem = (problem: unknown) => {
      if (!signal.aborted && changes.isGone) changes.report({ problem });
    };
    const state = await stateOf(check, { signal, timeoutMs, onLateProblem });
    if (signal.aborted) return;
    failures = 'problem' in state ? failures + 1 : 0;
    if (failures === 0 || failures >= (changes.hasReported ? FAILURES_TO_BE_GONE : 1)) changes.report(state);
    await sleep(failures === 0 ? intervalMs : backoffMs(failures, RETRY), { signal, ref: false }).catch(() => {});
  }
}

const GONE = 'gone';

/** Reports each change once: a database that does not answer gives the same reason at every check, except for ports and times. */
class ChangeReporter {
  private reported: string | undefined;
  private readonly onChange: (state: DatabaseState) => void;

  constructor(onChange: (state: DatabaseState) => void) {
    this.onChange = onChange;
  }

  get hasReported(): boolean {
    return this.reported !== undefined;
  }

  get isGone(): boolean {
    return this.reported?.startsWith(GONE) === true;
  }

  report(state: DatabaseState): void {
    const summary = summaryOf(state);
    // A timeout says less than the reason that was already reported.
    if (summary === this.reported || (summary === GONE && this.isGone)) return;
    this.reported = summary;
    this.onChange(state);
  }
}

function summaryOf(state: DatabaseState): string {
  if (!('problem' in state)) return `answers, but for ${[...state.unreadable.keys()].join(', ')}`;
  if (state.problem instanceof NoAnswer) return GONE;
  return `${GONE}: ${explainDatabase(state.problem).reason.replace(/\d+/g, '')}`;
}

class NoAnswer extends Error {}

interface StateOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Called with the reason for a late answer, if that becomes known after the timeout. */
  readonly onLateProblem: (problem: unknown) => void;
}

async function stateOf(check: Check, { signal, timeoutMs, onLateProblem }: StateOptions): Promise<DatabaseState> {
  const limit = timeLimit(timeoutMs, { signal, reason: () => new NoAnswer(`no answer within ${timeoutMs / 1000} s`) });
  const answer: Promise<UnreadableServices | undefined> = check(limit.signal).then(
    (unreadable) => unreadable ?? undefined,
  );
  try {
    return { unreadable: (await abortable(answer, limit.signal)) ?? new Map() };
  } catch (problem) {
    if (limit.signal.aborted) answer.catch(onLateProblem);
    return { problem };
  } finally {
    limit.clear();
  }
}

/** A check that costs the database next to nothing. */
export interface DatabaseCheck {
  /**
   * @returns The services whose tables the database lacks, each with the database's error.
   * @throws The driver's error when the database does not answer. The signal ends the wait, and cancels a query that hangs.
   */
  check(signal: AbortSignal): Promise<UnreadableServices>;
  close(): Promise<void>;
}

export interface DatabaseCheckOptions {
  readonly services?: readonly StreamService[];
  /** Called for every new connection after the first answer of the database on it. Must not reject. */
  readonly onConnection?: (reader: SqlReader) => Promise<void>;
  readonly logger?: StreamLogger | undefined;
}

/**
 * Checks the database over its own connection: streams may hold all others, which is no outage. After a failure the next check connects
 * again. It checks the tables of a service until they exist, and again on every new connection; those of SQLite every time.
 */
export function databaseCheck(
  adapter: SqlReaderFactory,
  { services = [], onConnection = async () => {}, logger }: DatabaseCheckOptions = {},
): DatabaseCheck {
  const open = new Set<Promise<SqlReader>>();
  let current: CheckConnection | undefined;
  return {
    async check(signal) {
      if (current && (await isFileReplaced(current))) await replaced(current);
      const isNew = current === undefined;
      current ??= connect();
      const { reader, unchecked } = current;
      // A connection that hangs would make the next check hang as well.
      const drop = () => {
        if (current?.reader === reader) current = undefined;
      };
      const removeListener = onAbort(signal, drop);
      try {
        const unreadable = await unreadableServices(await reader, unchecked, signal);
        if (isNew) await abortable(onConnection(await reader), signal);
        return unreadable;
      } catch (error) {
        drop();
        await end(reader);
        await reconnectStreams();
        throw error;
      } finally {
        removeListener();
      }
    },
    async close() {
      current = undefined;
      await Promise.all([...open].map(end));
    },
  };

  async function replaced({ reader, file }: CheckConnection): Promise<void> {
    logger?.warn({ file: (await file)?.path, next: AFTER_REPLACEMENT }, 'the database file was removed or replaced');
    current = undefined;
    await end(reader);
    await reconnectStreams();
  }

  /** SQLite goes on with a file that was replaced, and keeps pages of one that is damaged. */
  async function reconnectStreams(): Promise<void> {
    if (adapter.provider === 'sqlite') await closeReader(adapter).catch(() => {});
  }

  function connect(): CheckConnection {
    const reader = adapter.connect().then(withoutLocks);
    open.add(reader);
    const file = reader.then(fileOf);
    // The check that connects reports it.
    file.catch(() => {});
    return { reader, file, unchecked: new Set(services) };
  }

  /** Errors of a connection that never opened, or is broken, were already reported by the query. */
  async function end(reader: Promise<SqlReader>): Promise<void> {
    open.delete(reader);
    await reader.then((it) => it.dispose()).catch(() => {});
  }
}

interface CheckConnection {
  readonly reader: Promise<SqlReader>;
  /** The file of a SQLite database. */
  readonly file: Promise<OpenedFile | undefined>;
  /** Services whose tables are not known to exist. */
  readonly unchecked: Set<StreamService>;
}

/** A check of SQLite holds the server's thread: it must not wait for a writer. */
function withoutLocks(reader: SqlReader): SqlReader {
  const driver = sqliteDriverOf(reader);
  if (driver) takeLockTimeout(driver);
  return reader;
}

function fileOf(reader: SqlReader): OpenedFile | undefined {
  const driver = sqliteDriverOf(reader);
  return driver && openedFileOf(driver);
}

async function isFileReplaced({ file }: CheckConnection): Promise<boolean> {
  const opened = await file.catch(() => undefined);
  return opened !== undefined && isReplaced(opened);
}

const AFTER_REPLACEMENT = [
  'streams read the file that stands there now',
  "restart the server if hooks or services of your own query the database: Prisma's client still reads the old file",
];

async function unreadableServices(
  reader: SqlReader,
  unchecked: Set<StreamService>,
  signal: AbortSignal,
): Promise<UnreadableServices> {
  await reader.queryRaw({ sql: 'SELECT 1', args: [], argTypes: [] });
  // Otherwise more and more queries would wait for a locked table.
  const cancelling = withMethods(reader, { queryRaw: (query) => queryUntil(signal, reader, query) });
  const problems = new Map<string, unknown>();
  for (const service of unchecked) {
    const problem = await readProblemOf(service, cancelling);
    // The file of a SQLite database may break at any time.
    if (problem === undefined && reader.provider !== 'sqlite') unchecked.delete(service);
    if (problem !== undefined) problems.set(service.name, problem);
  }
  return problems;
}

/** @throws The error when the database did not answer. Streams report any other failure; health does not depend on it. */
async function readProblemOf({ assertReadable }: StreamService, reader: SqlReader): Promise<unknown> {
  try {
    await assertReadable?.(reader);
  } catch (error) {
    // It answers: a writer holds the file, and streams wait for it.
    if (isLocked(error)) return undefined;
    const failure = databaseFailureOf(error);
    if (failure === 'unready') return error;
    if (failure !== undefined) throw error;
  }
  return undefined;
}
