import { reasonOf, type StreamBreak, statusOf } from '../../src/client/index.js';
import { messageOf } from '../../src/errors/index.js';
import { type Consumption, READING_NAMES, type ReadingName } from './consume.js';
import type { SettledConnections } from './database-facts.js';
import type { ServerTally } from './killable-server.js';
import type { MishapCounts } from './mischief.js';
import type { RowSum } from './row-sum.js';

/** What happened, and what became of it. */
export interface ChaosFigures {
  readonly consumers: number;
  /** Those that did not end with the rows of the table, all of them, each once and in its place. */
  readonly failedConsumers: number;
  /** Rows of all consumers together. */
  readonly rows: number;
  /** Until the last consumer had ended. */
  readonly seconds: number;
  readonly mishaps: MishapCounts;
  /** Consumers that ended in the midst, and went on from what they had saved. */
  readonly crashes: number;
  /** How often a stream was found broken. */
  readonly breaks: number;
  /** By which status, and for which reason where the server gave one. */
  readonly statuses: Counts;
  /** Calls by the status that the server ended them with. */
  readonly serverStatuses: Counts;
  /** Queries that the server asked again, which broke no stream. */
  readonly rereads: number;
  /** Most times in a row that a stream was opened and brought no row. */
  readonly mostAttempts: number;
  /** The longest that any consumer waited for a row. */
  readonly longestWaitSeconds: number;
  readonly readings: Readonly<Record<string, ReadingFigures>>;
  /** At the database, in the end; undefined where it is a file. */
  readonly connections: SettledConnections | undefined;
  /** All that must not be, each in a line. */
  readonly faults: readonly string[];
}

type Counts = Readonly<Record<string, number>>;

/** Of the consumers that read in one way. */
export interface ReadingFigures {
  readonly consumers: number;
  readonly breaks: number;
  readonly slowestSeconds: number;
}

export interface ChaosFacts {
  /** The table as it is. */
  readonly expected: RowSum;
  readonly consumptions: readonly Consumption[];
  readonly mishaps: MishapCounts;
  readonly connections: SettledConnections | undefined;
  readonly told: ServerTally;
}

/** Adds up what the consumers came to, and says what of it must not be. */
export function chaosFigures({ expected, consumptions, mishaps, connections, told }: ChaosFacts): ChaosFigures {
  const breaks = consumptions.flatMap((consumption) => consumption.breaks);
  const statuses = tally(breaks.map(statusIn));
  const wrong = consumptions.flatMap((consumption, index) => wrongIn(consumption, index, expected));
  return {
    consumers: consumptions.length,
    failedConsumers: wrong.length,
    rows: consumptions.reduce((rows, { sum }) => rows + sum.rows, 0),
    seconds: most(consumptions.map(({ seconds }) => seconds)),
    mishaps,
    crashes: consumptions.filter(({ crashed }) => crashed).length,
    breaks: breaks.length,
    statuses,
    serverStatuses: told.statuses,
    rereads: told.rereads,
    mostAttempts: most(breaks.map(({ attempts }) => attempts)),
    longestWaitSeconds: most(consumptions.map(({ longestWaitSeconds }) => longestWaitSeconds)),
    readings: Object.fromEntries(READING_NAMES.map((name) => [name, figuresOf(name, consumptions)])),
    connections,
    faults: [...wrong, ...untold('a client', statuses), ...untoldBy(told), ...leaksIn(connections)],
  };
}

function figuresOf(name: ReadingName, all: readonly Consumption[]): ReadingFigures {
  const consumptions = all.filter(({ reading }) => reading === name);
  return {
    consumers: consumptions.length,
    breaks: consumptions.reduce((count, { breaks }) => count + breaks.length, 0),
    slowestSeconds: most(consumptions.map(({ seconds }) => seconds)),
  };
}

/** A connection that is cut has no status: grpc-js makes one up, of the code by which HTTP/2 says so. */
function statusIn({ error }: StreamBreak): string {
  const status = statusOf(error) ?? 'none';
  const made = /RST_STREAM|Bandwidth exhausted/.test(messageOf(error)) ? 'RESET' : undefined;
  return [status, reasonOf(error) ?? made].filter((part) => part !== undefined).join(' ');
}

/** A status by which a server says that it does not know what went wrong. */
const UNTOLD = /^(INTERNAL|UNKNOWN|DATA_LOSS|none)(?! RESET)/;

function untold(whom: string, statuses: Counts): string[] {
  const found = Object.entries(statuses).filter(([status]) => UNTOLD.test(status));
  return found.map(([status, count]) => `${whom} was told ${status}, ${count} times`);
}

function untoldBy({ statuses, errors }: ServerTally): string[] {
  const lines = untold('a call', statuses);
  return lines.length > 0 ? [...lines, ...errors] : [];
}

function wrongIn({ reading, sum, misplaced, failure }: Consumption, index: number, expected: RowSum): string[] {
  const who = `consumer ${index} (${reading})`;
  if (failure !== undefined) return [`${who} failed after ${sum.rows} rows: ${messageOf(failure)}`];
  if (!sum.equals(expected)) return [`${who} has ${sum} instead of ${expected}`];
  return misplaced > 0 ? [`${who} has ${misplaced} rows before one that they belong behind`] : [];
}

function leaksIn(connections: SettledConnections | undefined): string[] {
  if (!connections) return [];
  const { busy, left } = connections;
  return [
    ...(busy > 0 ? [`${busy} connections to the database are busy, though nobody reads`] : []),
    ...(left > 0 ? [`${left} connections to the database are left, though no server runs`] : []),
  ];
}

function tally(names: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function most(numbers: readonly number[]): number {
  return Math.max(0, ...numbers);
}
