import {
  type BenchCell,
  type BenchEnvironment,
  type BenchSettings,
  type BenchTable,
  type BenchWarning,
  isPaced,
} from '../../results/index.js';
import type { ScenarioSummaries } from '../guidance/summarize-scenarios.js';
import { describeSetting } from '../scenarios/planned-cell.js';
import { median } from '../statistics/statistics.js';
import type { MachineFacts } from './machine-facts.js';
import { machineWarnings } from './machine-warnings.js';
import { outliers } from './outliers.js';

/** What a run looked like, as far as it says how much its figures can bear. */
export interface RunFacts extends MachineFacts, ScenarioSummaries {
  readonly settings: BenchSettings;
  readonly table: Pick<BenchTable, 'source' | 'rows'>;
  readonly rounds: number;
  /** In which there was something to measure; fewer than asked for where no cell takes part in all. */
  readonly plannedRounds: number;
  /** Whether the warm-up went on until it made nothing faster. */
  readonly steady: boolean;
  /** Cores that other programs kept busy during the rounds, on average; null where that cannot be seen. */
  readonly foreignCores: number | null;
  readonly environment: Pick<BenchEnvironment, 'cores' | 'database' | 'governor' | 'pinned'>;
}

/** Fewer than this and an interval says little. */
const FEW_ROUNDS = 5;
/** A stream shorter than this is mostly its own beginning and end. */
const TOO_SHORT_MS = 50;
/** Half an interval this wide, as a share of its median, hides the differences that one looks for. */
const NOISY_SHARE = 0.1;
/** From here on the client works nearly all the time, and its own limit is what was measured. */
const CLIENT_BOUND_SHARE = 0.9;
/** A first round this much slower than the others had to fetch what they found in memory. */
const COLD_SHARE = 0.8;

/** Everything that makes the figures weaker, each with what to do about it; empty after a good run. */
export function findWarnings(facts: RunFacts): BenchWarning[] {
  const looks = [
    readPastBound,
    timeLimited,
    imprecise,
    fewRounds,
    tooShort,
    coldCache,
    unsteady,
    noisy,
    (run: RunFacts) => outliers(ratedCells(run)),
    clientBound,
  ];
  return [...looks.flatMap((look) => look(facts) ?? []), ...machineWarnings(facts)];
}

type Look = (facts: RunFacts) => BenchWarning | undefined;

/** The cells whose rates the advice rests on: those of the sweep, or of the other scenarios when there is none. */
function ratedCells({ cells, scenarios }: RunFacts): readonly BenchCell[] {
  if (cells.length > 0) return cells;
  const all = scenarios.flatMap((scenario) => scenario.cells);
  const rated = all.filter(({ load, samples }) => !isPaced(load) && samples[0]?.round !== 0);
  return [...new Map(rated.map((cell) => [describeSetting(cell), cell])).values()];
}

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

const timeLimited: Look = (facts) =>
  facts.settings.precision === null && facts.rounds < facts.plannedRounds
    ? {
        code: 'time-limited',
        message: `time ran out after ${facts.rounds} of ${facts.plannedRounds} rounds`,
        hint: 'raise --max-time, or sweep fewer values',
      }
    : undefined;

const imprecise: Look = (facts) => {
  const { precision } = facts.settings;
  if (precision === null) return undefined;
  const wide = ratedCells(facts).filter((cell) => halfWidth(cell) > precision);
  if (wide.length === 0) return undefined;
  return {
    code: 'imprecise',
    message: `the 95% interval of ${wide.length} of ${ratedCells(facts).length} rates is wider than the ± ${precision * 100}% that was asked for`,
    hint: 'raise --max-time, sweep fewer values, or ask for less precision',
  };
};

const fewRounds: Look = ({ rounds, ...facts }) =>
  rounds < FEW_ROUNDS && ratedCells({ rounds, ...facts }).length > 0
    ? {
        code: 'few-rounds',
        message: `${rounds === 1 ? 'one round says' : `${rounds} rounds say`} little about the noise`,
        hint: `use --rounds ${FEW_ROUNDS} or more`,
      }
    : undefined;

const tooShort: Look = (facts) => {
  const shortest = Math.min(...ratedCells(facts).map((cell) => (cell.rows / cell.rowsPerSecond) * 1000));
  if (shortest >= TOO_SHORT_MS) return undefined;
  return {
    code: 'too-short',
    message: `the shortest stream took ${shortest.toFixed(0)} ms: much of that is its beginning and its end`,
    hint: moreRows(facts),
  };
};

/** A table that was there has no more rows than it has. */
function moreRows({ settings, table }: RunFacts): string {
  if (table.rows < settings.rows) return `the table has ${table.rows} rows; bench a longer one`;
  return `use more rows, such as --rows ${settings.rows * 4}`;
}

const coldCache: Look = (facts) => {
  const shares = ratedCells(facts).flatMap(({ samples: [first, ...rest] }) =>
    first && rest.length > 1 ? first.rowsPerSecond / median(rest.map(({ rowsPerSecond }) => rowsPerSecond)) : [],
  );
  if (shares.length === 0 || median(shares) >= COLD_SHARE) return undefined;
  return {
    code: 'cold-cache',
    message: `the first round ran at ${Math.round(median(shares) * 100)}% of the others’ rate: what it read was not in memory yet`,
    hint: 'run again, now that the table has been read; if it stays so, the table is larger than memory',
  };
};

const unsteady: Look = ({ steady }) =>
  steady
    ? undefined
    : {
        code: 'unsteady',
        message: 'the server was still getting faster as its warm-up ended',
        hint: 'raise --max-time, of which a tenth is for warming up',
      };

/** Half a rate's interval as a share of the rate. */
function halfWidth({ rowsPerSecond, rowsPerSecondCi: [low, high] }: BenchCell): number {
  return (high - low) / 2 / rowsPerSecond;
}

const noisy: Look = (facts) => {
  const cells = ratedCells(facts);
  const loud = cells.filter((cell) => halfWidth(cell) > NOISY_SHARE);
  if (loud.length === 0) return undefined;
  return {
    code: 'noisy',
    message: `the 95% interval of ${loud.length} of ${cells.length} rates is wider than ± ${NOISY_SHARE * 100}%`,
    hint: `stop other work, or use more rounds, such as --rounds ${facts.rounds * 3}`,
  };
};

const clientBound: Look = (facts) => {
  const cells = ratedCells(facts);
  const bound = cells.filter((cell) => cell.clientBusy > CLIENT_BOUND_SHARE);
  const [first] = bound;
  if (!first) return undefined;
  return {
    code: 'client-bound',
    message: `in ${bound.length} of ${cells.length} settings the client used a whole core, as at ${describeSetting(first)}`,
    hint: 'read those rates as "at least": the server could do more',
  };
};
