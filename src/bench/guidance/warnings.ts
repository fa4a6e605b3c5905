import {
  type BenchCell,
  type BenchEnvironment,
  type BenchSettings,
  type BenchTable,
  type BenchWarning,
  describeSetting,
  isPaced,
  type RoundConditions,
} from '../../results/index.js';
import type { MachineState } from '../environment.js';
import type { MeasuringFacts } from '../rounds/measure.js';
import { median } from '../statistics/statistics.js';
import { machineWarnings } from './machine-warnings.js';
import type { ScenarioSummaries } from './summarize.js';

/** The facts about a run that say how much its figures are worth. */
export interface RunFacts extends MachineState, MeasuringFacts, ScenarioSummaries {
  readonly settings: BenchSettings;
  readonly conditions: readonly RoundConditions[];
  readonly table: Pick<BenchTable, 'source' | 'rows'>;
  readonly environment: Pick<BenchEnvironment, 'cores' | 'database' | 'governor' | 'pinned'>;
}

/** Fewer than this and an interval says little. */
const FEW_ROUNDS = 5;
/** A stream shorter than this is mostly its own beginning and end. */
const TOO_SHORT_MS = 50;
/** Half an interval this wide, as a share of its median, hides the differences that matter. */
const NOISY_SHARE = 0.1;
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
    outliers,
    clientBound,
  ];
  return [...looks.flatMap((look) => look(facts) ?? []), ...machineWarnings(facts)];
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
  const cells = ratedCells(facts);
  const wide = cells.filter((cell) => halfWidth(cell) > precision);
  if (wide.length === 0) return undefined;
  return {
    code: 'imprecise',
    message: `the 95% interval of ${wide.length} of ${cells.length} rates is wider than the ± ${precision * 100}% that was asked for`,
    hint: 'raise --max-time, sweep fewer values, or ask for less precision',
  };
};

/** The cells whose rates the advice rests on: those of the sweep, or of the other scenarios when there is none. */
function ratedCells({ cells, scenarios }: ScenarioSummaries): readonly BenchCell[] {
  if (cells.length > 0) return cells;
  const inRounds = scenarios.filter(({ name }) => name !== 'memory');
  const rated = inRounds.flatMap((scenario) => scenario.cells).filter(({ load }) => !isPaced(load));
  return [...new Map(rated.map((cell) => [describeSetting(cell), cell])).values()];
}

/** Half a rate's interval as a share of the rate. */
function halfWidth({ rowsPerSecond, intervals }: BenchCell): number {
  const interval = intervals.rowsPerSecond;
  return interval === null ? Number.POSITIVE_INFINITY : (interval[1] - interval[0]) / 2 / rowsPerSecond;
}

const fewRounds: Look = (facts) =>
  facts.rounds < FEW_ROUNDS && ratedCells(facts).length > 0
    ? {
        code: 'few-rounds',
        message: `${facts.rounds === 1 ? 'one round says' : `${facts.rounds} rounds say`} little about the noise`,
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

/** A table that was there before cannot be given more rows. */
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
    message: `the first round ran at ${Math.round(median(shares) * 100)}% of the others’ rate: the table was not in memory yet`,
    hint: 'run again, now that the table has been read; if it stays so, the table is larger than memory',
  };
};

/** A few rounds that begin too early change no median. */
const unsteady: Look = ({ conditions }) => {
  const early = conditions.filter(({ steady }) => !steady).length;
  if (early <= conditions.length / 2) return undefined;
  return {
    code: 'unsteady',
    message: `in ${early} of ${conditions.length} rounds, the server was still getting faster as its warm-up ended`,
    hint: 'raise --max-time, of which a part is for warming up',
  };
};

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

/** Names samples that lie far from the others of their setting. */
const outliers: Look = (facts) => {
  const cells = ratedCells(facts);
  const found = cells.flatMap(outliersOf);
  const [farthest] = found.toSorted((a, b) => b.distance - a.distance);
  if (!farthest) return undefined;
  const samples = cells.reduce((sum, cell) => sum + cell.samples.length, 0);
  const { cell, round, rowsPerSecond } = farthest;
  const lie = found.length === 1 ? 'lies' : 'lie';
  return {
    code: 'outliers',
    message: `${found.length} of ${samples} samples ${lie} far from the others of the same setting; the farthest is ${whole(rowsPerSecond)} rows/s, where ${whole(cell.rowsPerSecond)} are usual (round ${round}, ${describeSetting(cell)})`,
    hint: 'a few of them do not move a median; look for what else ran at that time',
  };
};

/** With fewer samples there is no telling which of them is the odd one. */
const FEWEST_SAMPLES = 5;

/** Of noise that has a normal shape, one sample in two million lies so far out. */
const FAR_DEVIATIONS = 5;

/** Samples that are very close to each other make a small difference look like a large one. */
const FAR_SHARE = 0.25;

/** Turns a median deviation into a standard deviation, where noise has a normal shape. */
const NORMAL_SCALE = 1.4826;

interface Outlier {
  readonly cell: BenchCell;
  readonly round: number;
  readonly rowsPerSecond: number;
  /** How far it lies from the middle, on a logarithmic scale: half as fast is as far as twice as fast. */
  readonly distance: number;
}

function outliersOf(cell: BenchCell): Outlier[] {
  if (cell.samples.length < FEWEST_SAMPLES) return [];
  const middle = Math.log(cell.rowsPerSecond);
  const distances = cell.samples.map(({ round, rowsPerSecond }) => {
    return { cell, round, rowsPerSecond, distance: Math.abs(Math.log(rowsPerSecond) - middle) };
  });
  const deviation = NORMAL_SCALE * median(distances.map(({ distance }) => distance));
  const far = Math.max(FAR_DEVIATIONS * deviation, -Math.log(1 - FAR_SHARE));
  return distances.filter(({ distance }) => distance > far);
}

function whole(rate: number): string {
  return Math.round(rate).toLocaleString('en-US');
}

const clientBound: Look = (facts) => {
  const cells = ratedCells(facts);
  const bound = cells.filter((cell) => cell.limit === 'client');
  const [first] = bound;
  if (!first) return undefined;
  return {
    code: 'client-bound',
    message: `in ${bound.length} of ${cells.length} settings it was the client that was busy all the time, as at ${describeSetting(first)}`,
    hint: 'read those rates as "at least": the server could do more',
  };
};
