import { sum } from 'simple-statistics';
import { oneReading, type SampleSize } from '../executor.js';
import { readsInParts, streamLengths } from '../plan.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import type { MeasuringOptions } from './measurements.js';
import type { Warmth } from './warm-up.js';

type FittingOptions = Pick<MeasuringOptions, 'executor' | 'settings' | 'startedMs' | 'now'>;

/** Fits samples to the time that a run has, and to what makes them precise. */
interface SampleFit {
  /**
   * How large the samples of the next round are, which has just been warmed up.
   *
   * @param rounds How many are to fit the time that is left, with this one.
   */
  next(cells: readonly PlannedCell[], warmth: Warmth, rounds: number): Required<SampleSize>;
  /** Learns from a whole round how long the next ones will take. */
  ran(round: RanRound): void;
  /** How long the next round takes at least, where rounds took so long so far: one that was planned fits its samples to the time. */
  leastMs(usualMs: number, isPlanned: boolean): number;
}

interface RanRound {
  readonly size: Required<SampleSize>;
  /** Of the whole round, and of its samples together. */
  readonly roundMs: number;
  readonly samplesMs: number;
}

/** What a round takes. */
interface RoundCost {
  /** Beside its samples. */
  readonly otherMs: number;
  /** For each row that is read of every setting. */
  readonly rowMs: number;
}

export function sampleFit(options: FittingOptions): SampleFit {
  return options.settings.quick ? fillTime(options) : readLongEnough(options);
}

/**
 * Of all readings of a sample together. Less is mostly beginnings and ends of streams, and chance; more takes the time of rounds, which say more:
 * with 500, a default run had 11 rounds instead of 18, and its intervals were wider.
 */
const LONG_ENOUGH_MS = 150;

/** Reads whole tables: each setting once, or for as long as is enough and as the rounds that were asked for leave time. */
function readLongEnough(options: FittingOptions): SampleFit {
  /** What a round takes beside the least time of its samples. */
  let otherMs: number | undefined;
  let rated = 0;
  return {
    next(cells, { durationMs }, rounds) {
      rated = cells.filter(isRated).length;
      otherMs ??= durationMs * OTHER_SHARE;
      const samplesMs = timeOfRound(options, durationMs, rounds) - otherMs;
      return { ...oneReading, leastMs: Math.max(0, Math.min(samplesMs / Math.max(1, rated), LONG_ENOUGH_MS)) };
    },
    ran({ size, roundMs }) {
      otherMs = roundMs - rated * size.leastMs;
    },
    leastMs: (usualMs, isPlanned) => (isPlanned ? Math.min(usualMs, otherMs ?? usualMs) : usualMs),
  };
}

/** The time that each of the next rounds may take, the first of which has been warmed up. */
function timeOfRound({ settings, startedMs, now }: FittingOptions, warmUpMs: number, rounds: number): number {
  return (startedMs + settings.maxTimeSeconds * 1000 - now() + warmUpMs) / Math.max(1, rounds);
}

/**
 * Makes samples so large that the rounds fill the time: too few rounds decide nothing, however long their streams are, and each round has to be
 * warmed up. A slow machine reads fewer rows of a table; a fast one, or a small table, is read several times.
 */
function fillTime(options: FittingOptions): SampleFit {
  const { executor, settings } = options;
  const lengths = streamLengths({ ...settings, ...executor.size });
  const [whole = 0] = lengths;
  let cost: RoundCost | undefined;
  return {
    next(cells, warmth, rounds) {
      const rated = cells.filter(isRated);
      if (lengths.length === 0 || rated.length === 0 || rated.some(readsInParts)) return oneReading;
      if (!cost && !areLikeTheirWays(rated)) return { ...oneReading, mostRows: lengths.at(-1) ?? whole };
      cost ??= costAfter(warmth, rated);
      const { otherMs, rowMs } = cost;
      const roundMs = timeOfRound(options, warmth.durationMs, rounds);
      const samplesMs = Math.min(roundMs - otherMs, LONGEST_REPEATED_MS * rated.length);
      const { mostRows, readings } = largestWithin(samplesMs / rowMs, lengths);
      return { ...oneReading, mostRows: mostRows === whole ? null : mostRows, readings };
    },
    ran({ size: { mostRows, readings }, roundMs, samplesMs }) {
      cost = { otherMs: roundMs - samplesMs, rowMs: samplesMs / ((mostRows ?? whole) * readings) };
    },
    leastMs(usualMs, isPlanned) {
      const shortest = lengths.at(-1);
      if (!isPlanned || !cost || shortest === undefined) return usualMs;
      return Math.min(usualMs, cost.otherMs + cost.rowMs * shortest);
    },
  };
}

/** A distance, a window, a filter or longer rows make a setting far slower than what warmed up: how much so, its first round tells. */
function areLikeTheirWays(cells: readonly PlannedCell[]): boolean {
  const loads = cells.map(({ setting }) => setting.load);
  return (
    loads.every(({ rttMs, windowBytes, query }) => rttMs === 0 && windowBytes === null && query === undefined) &&
    new Set(loads.map(({ rowBytes }) => rowBytes)).size === 1
  );
}

/** The warm-up of the first round is the longest, and rounds do more than warm up and take samples: they read first rows, and leave streams. */
const OTHER_SHARE = 1.2;

/** Settings are slower than the one of their way that warmed up, by about so much on average. */
const SLOWER = 1.1;

/** What is expected of the first round. */
function costAfter({ durationMs, rowsPerMs }: Warmth, cells: readonly PlannedCell[]): RoundCost {
  const rowMs = sum(cells.map(({ setting }) => setting.load.clients / rowsPerMs(setting)));
  return { otherMs: durationMs * OTHER_SHARE, rowMs: rowMs * SLOWER };
}

/** A longer sample says hardly more: what is left of its noise is the chance of its processes. */
const LONGEST_REPEATED_MS = 2000;

/** Streams shorter than this part of the table are not repeated: their beginnings and ends would be most of what is measured. */
const SHORTEST_REPEATED = 0.5;

/** The most rows that fit: of a part of the table several times, or of all of it as often; the shortest part where none fits. */
function largestWithin(rows: number, lengths: readonly number[]) {
  const [whole = 0] = lengths;
  let largest = { mostRows: lengths.at(-1) ?? whole, readings: 1 };
  for (const length of [...lengths].reverse()) {
    const fitting = Math.floor(rows / length);
    const readings = length < whole * SHORTEST_REPEATED ? Math.min(1, fitting) : fitting;
    if (length * readings >= largest.mostRows * largest.readings) largest = { mostRows: length, readings };
  }
  return largest;
}
