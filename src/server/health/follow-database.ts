import { explainDatabase } from '../../runtime/database/explain-failure.js';
import type { StreamLogger, StreamService } from '../../runtime/index.js';
import type { UnreadableServices } from './database-check.js';
import type { Health } from './health.js';
import { type WatchDatabaseOptions, watchDatabase } from './watch-database.js';

export interface FollowDatabaseOptions extends Pick<WatchDatabaseOptions, 'check' | 'signal'> {
  readonly health: Health;
  readonly services: readonly StreamService[];
  /** What the log calls the database. */
  readonly name: string;
  readonly logger: StreamLogger | undefined;
}

/** Lets health say what the database can serve, until the signal: nothing, everything, or what it has the tables of. */
export function followDatabase({ health, services, name, logger, check, signal }: FollowDatabaseOptions): void {
  const url = name === 'replica' ? 'DATABASE_REPLICA_URL' : 'DATABASE_URL';
  const onGone = (problem: unknown) => {
    health.setServing(() => false);
    logger?.error(explained(problem, url), `the ${name} does not answer: health is NOT_SERVING until it does`);
  };
  const onAnswer = (unreadable: UnreadableServices) => {
    const readable = services.filter(({ assertReadable, name }) => assertReadable && !unreadable.has(name));
    // One table that is missing is no reason to take all others from their clients.
    health.setServing((service) =>
      service === '' ? unreadable.size === 0 || readable.length > 0 : !unreadable.has(service),
    );
    if (unreadable.size === 0) return logger?.info({}, `the ${name} answers`);
    logger?.error(
      lacking(unreadable),
      `the ${name} answers, and lacks tables: health of what reads them is NOT_SERVING until they are there`,
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
