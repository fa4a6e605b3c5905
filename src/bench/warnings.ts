import type { BenchCancellation, BenchCell, BenchSettings, BenchWarning } from '../model/index.js';
import { describeSetting } from './plan.js';

/** What a run looked like, as far as it says how much its figures can bear. */
export interface RunFacts {
  readonly settings: BenchSettings;
  readonly rounds: number;
  readonly cells: readonly BenchCell[];
  readonly cancellations: readonly BenchCancellation[];
  readonly cores: number;
  /** Processes that wanted a core, on average over the minute before the bench. */
  readonly loadBefore: number;
  readonly debugger: boolean;
}

/** Fewer than this and an interval says little. */
const FEW_ROUNDS = 5;
/** A stream shorter than this is mostly its own beginning and end. */
const TOO_SHORT_MS = 50;
/** Half an interval this wide, as a share of its median, hides the differences that one looks for. */
const NOISY_SHARE = 0.1;
/** From here on the client works nearly all the time, and its own limit is what was measured. */
const CLIENT_BOUND_SHARE = 0.9;
/** One for the server, one for the client. */
const CORES_NEEDED = 3;

/** Everything that makes the figures weaker, each with what to do about it; empty after a good run. */
export function findWarnings(facts: RunFacts): BenchWarning[] {
  return [
    readPastBound,
    debuggerAttached,
    busyMachine,
    timeLimited,
    fewRounds,
    tooShort,
    noisy,
    clientBound,
    sharedCores,
  ].flatMap((look) => look(facts) ?? []);
}

type Look = (facts: RunFacts) => BenchWarning | undefined;

const readPastBound: Look = ({ cancellations }) => {
  const over = cancellations.find((cancellation) => !cancellation.withinBound);
  if (!over) return undefined;
  const { rowsRead, boundRows } = over.worst;
  return {
    code: 'read-past-bound',
    message: `chunk ${over.chunk}, check every ${over.checkInterval}: ${rowsRead} rows were read for a client that had left; the bound is ${boundRows}`,
    hint: 'this is a fault of the server, not of the settings; please report it with the saved result',
  };
};

const debuggerAttached: Look = (facts) =>
  facts.debugger
    ? {
        code: 'debugger',
        message: 'a debugger or a profiler was attached',
        hint: 'clear NODE_OPTIONS and run without --inspect',
      }
    : undefined;

const busyMachine: Look = ({ loadBefore, cores }) =>
  loadBefore > cores / 2
    ? {
        code: 'busy-machine',
        message: `the machine was busy before the bench began (load ${loadBefore.toFixed(1)} on ${cores} cores)`,
        hint: 'stop other work and run again',
      }
    : undefined;

const timeLimited: Look = ({ settings, rounds }) =>
  rounds < settings.rounds
    ? {
        code: 'time-limited',
        message: `time ran out after ${rounds} of ${settings.rounds} rounds`,
        hint: 'raise --max-time, or sweep fewer values',
      }
    : undefined;

const fewRounds: Look = ({ rounds }) =>
  rounds < FEW_ROUNDS
    ? {
        code: 'few-rounds',
        message: `${rounds === 1 ? 'one round says' : `${rounds} rounds say`} little about the noise`,
        hint: `use --rounds ${FEW_ROUNDS} or more`,
      }
    : undefined;

const tooShort: Look = ({ cells, settings }) => {
  const shortest = Math.min(...cells.map((cell) => (cell.rows / cell.rowsPerSecond) * 1000));
  if (shortest >= TOO_SHORT_MS) return undefined;
  return {
    code: 'too-short',
    message: `the shortest stream took ${shortest.toFixed(0)} ms: much of that is its beginning and its end`,
    hint: `use more rows, such as --rows ${settings.rows * 4}`,
  };
};

const noisy: Look = ({ cells, rounds }) => {
  const loud = cells.filter(({ rowsPerSecond, rowsPerSecondCi: [low, high] }) => {
    return (high - low) / 2 > rowsPerSecond * NOISY_SHARE;
  });
  if (loud.length === 0) return undefined;
  return {
    code: 'noisy',
    message: `${loud.length} of ${cells.length} rates are known to no better than ${NOISY_SHARE * 100}%`,
    hint: `stop other work, or use more rounds, such as --rounds ${rounds * 3}`,
  };
};

const clientBound: Look = ({ cells }) => {
  const bound = cells.filter((cell) => cell.clientBusy > CLIENT_BOUND_SHARE);
  const [first] = bound;
  if (!first) return undefined;
  return {
    code: 'client-bound',
    message: `in ${bound.length} of ${cells.length} settings the client used a whole core, as at ${describeSetting(first)}`,
    hint: 'read those rates as "at least": the server could do more',
  };
};

const sharedCores: Look = ({ cores }) =>
  cores < CORES_NEEDED
    ? {
        code: 'shared-cores',
        message: `server, client and system share ${cores === 1 ? 'one core' : `${cores} cores`}`,
        hint: 'expect higher rates where each has its own',
      }
    : undefined;
