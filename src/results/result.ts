import { z } from 'zod';
import { cancellationSchema, cellSchema, scenarioSchema } from './cell.js';
import {
  type BenchChunk,
  chunkSchema,
  type Immutable,
  inOrder,
  known,
  settingsSchema,
  streamModeSchema,
} from './setting.js';

/** The version that this release writes and reads; whatever changes the shape of a result raises it. */
export const RESULT_VERSION = 3;

/** The machine and the versions that the figures hold for. */
const environmentSchema = z.strictObject({
  cpu: z.string(),
  cores: z.number(),
  memoryMb: z.number(),
  os: z.string(),
  node: z.string(),
  packages: z.record(z.string(), z.string()),
  database: z.strictObject({ provider: z.string(), version: z.string() }),
  /** The server's memory after its first row; null for a server that is not ours. */
  serverIdleRssMb: known,
  /** How the system clocks the cores, such as `performance`; null where it does not say. */
  governor: z.string().nullable(),
  /** The project's commit, with a `+` when files had changed; null outside a repository. */
  commit: z.string().nullable(),
  /** Whether server, client and the bench itself were each kept to cores of their own. */
  pinned: z.boolean(),
});
export interface BenchEnvironment extends Immutable<z.infer<typeof environmentSchema>> {}

/**
 * What was streamed. `independent`: checked against an encoding that shares no code with the runtime; `consistent`: every
 * stream brought what the first one did.
 */
export const tableSchema = z.strictObject({
  source: z.enum(['demo', 'project', 'server']),
  model: z.string(),
  rows: z.number(),
  bytes: z.number(),
  checksum: z.number(),
  verified: z.enum(['independent', 'consistent']),
  /** Of a server that ran already: `host:port`. */
  address: z.string().exactOptional(),
  /** Size that the demo's rows were made to; null for rows that were there before. */
  rowBytes: known,
});
export interface BenchTable extends Immutable<z.infer<typeof tableSchema>> {}

/** Under which conditions a round was run. */
export const conditionsSchema = z.strictObject({
  round: z.number(),
  /** Whether the warm-up went on until nothing got faster any more. */
  steady: z.boolean(),
  measuredMs: z.number().meta({ description: 'How long its streams took together' }),
  foreignCores: known.meta({ description: 'Cores that other programs kept busy meanwhile, on average' }),
  yardstickMicros: z.number().meta({ description: 'CPU time of work that is always the same' }),
});
export interface RoundConditions extends Immutable<z.infer<typeof conditionsSchema>> {}

/** One value of a setting, compared with the others within the same rounds. */
const candidateSchema = z.strictObject({
  value: chunkSchema,
  rowsPerSecond: z.number(),
  ratio: z.number().meta({ description: "Its rate as a share of the fastest value's; the mean of the rounds" }),
  ratioCi: z.tuple([z.number(), z.number()]).nullable().meta({
    description: 'Those of all the advice hold what is true at once in 95 runs of 100; null for the fastest itself',
  }),
  /** Rounds compared, each of them one number. */
  rounds: z.number(),
  /** How the value compares with every other one, given the tolerance. `unclear`: the noise cannot tell. */
  verdict: z.enum(['fastest', 'tied', 'slower', 'unclear']),
  /** Its rate as a share of that of the value in force now; absent for that value itself, and where it is not known. */
  besideNow: z
    .strictObject({ ratio: z.number(), ratioCi: z.tuple([z.number(), z.number()]).nullable() })
    .exactOptional(),
  firstRowMs: z.number(),
  serverPeakRssMb: known,
  withinBudget: z.boolean(),
  /** Median time from a client's cancel to the end of its stream, where that was measured. */
  cancelMs: z.number().exactOptional(),
});
export interface Candidate extends Immutable<z.infer<typeof candidateSchema>> {}
export type Verdict = Candidate['verdict'];

/** A rule of thumb that people pass on, compared with what was measured. */
const ruleOfThumbSchema = z.object({
  min: z.number(),
  max: known,
  /** Values of its range that were measured: those that keep within the tolerance, and those that do not. */
  fits: z.array(z.number()),
  fails: z.array(z.number()),
  verdict: z.enum(['holds', 'holds-in-part', 'does-not-hold', 'cannot-tell', 'not-measured']),
});
export interface RuleOfThumb extends Immutable<z.infer<typeof ruleOfThumbSchema>> {}

/** One piece of tuning advice, with all that it rests on. */
const adviceSchema = z.strictObject({
  setting: z.enum(['chunkSize', 'cancellationCheckInterval']),
  /** Who the advice is for. */
  audience: z.enum([
    'small-rows',
    'medium-rows',
    'large-rows',
    'tight-memory',
    'interactive-clients',
    'batch-clients',
    'high-throughput-clients',
  ]),
  mode: streamModeSchema,
  recommended: chunkSchema.nullable().meta({ description: 'Null when the measurements support no value' }),
  /** `unclear` when the noise cannot tell the recommended value, or a smaller one, from the fastest. */
  confidence: z.enum(['clear', 'unclear']),
  tolerance: z.number().meta({ description: 'Share of the fastest rate that may be given up for a smaller value' }),
  budget: z.strictObject({ firstRowMs: known, serverPeakRssMb: known }),
  comparisons: z.number().meta({ description: 'Pairs of values that the whole advice of the run rests on' }),
  candidates: z.array(candidateSchema),
  rule: ruleOfThumbSchema.nullable(),
});
export interface Advice extends Immutable<z.infer<typeof adviceSchema>> {}
export type Audience = Advice['audience'];

/** Something that makes the figures weaker, and what to do about it. */
const warningSchema = z.strictObject({
  code: z.enum([
    'few-rounds',
    'time-limited',
    'too-short',
    'noisy',
    'outliers',
    'client-bound',
    'shared-cores',
    'busy-machine',
    'debugger',
    'battery',
    'cold-cache',
    'unsteady',
    'debug-build',
    'imprecise',
    'read-past-bound',
  ]),
  message: z.string(),
  hint: z.string(),
});
export interface BenchWarning extends Immutable<z.infer<typeof warningSchema>> {}
export type BenchWarningCode = BenchWarning['code'];

/** A whole run of the bench: what `--json` prints and `.grpc-stream/bench/` keeps. */
export const benchResultSchema = z.strictObject({
  /** 3: every figure has its interval, memory is what a table adds, and advice is judged by whole intervals. */
  schemaVersion: z.literal(RESULT_VERSION),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number(),
  measuredSeconds: z.number().meta({ description: 'The part of it in which streams ran that were measured' }),
  /** Fewer than asked for when time ran out. */
  rounds: z.number().meta({ description: 'Rounds that were completed' }),
  settings: settingsSchema,
  conditions: z.array(conditionsSchema),
  environment: environmentSchema,
  /** The first of `tables`. */
  table: tableSchema,
  /** One for each size of rows. */
  tables: z.array(tableSchema),
  cells: z.array(cellSchema).meta({ description: 'The throughput scenario: every combination of the sweep' }),
  cancellations: z.array(cancellationSchema),
  scenarios: z.array(scenarioSchema).meta({ description: 'The other scenarios that were run' }),
  guidance: z.array(adviceSchema),
  warnings: z.array(warningSchema),
});

/** A whole run of the bench: what `--json` prints and `.grpc-stream/bench/` keeps. */
export interface BenchResult extends Immutable<z.infer<typeof benchResultSchema>> {}

/** The JSON Schema of a result, for those who read results in another language. */
export function resultJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(benchResultSchema, { target: 'draft-2020-12', io: 'input' });
  return {
    $schema,
    $id: `urn:grpc-stream:bench-result:${RESULT_VERSION}`,
    title: 'A result of `grpc-stream bench`',
    ...schema,
  };
}

/** Settings that the measurements support beyond noise; those that are open are left out. */
export interface DecidedSettings {
  readonly chunkSize?: BenchChunk;
  readonly cancellationCheckInterval?: number;
}

/**
 * The part of the advice that a configuration can take over as it is. One server has one chunk size, so it is the largest
 * that any of its streams wants, or `auto` where one wants that; the interval is that for batch clients, which lies between the others.
 */
export function decidedSettings(guidance: readonly Advice[]): DecidedSettings {
  const decided = guidance.filter(isDecided);
  const chunks = decided
    .filter(({ setting, audience }) => setting === 'chunkSize' && audience !== 'tight-memory')
    .map(({ recommended }) => recommended ?? 0);
  const interval = decided.find(({ audience }) => audience === 'batch-clients')?.recommended;
  const largest = inOrder(chunks).at(-1);
  return {
    ...(largest === undefined ? {} : { chunkSize: largest }),
    ...(typeof interval === 'number' ? { cancellationCheckInterval: interval } : {}),
  };
}

/** Clear, or surely faster than what is in force now: whether another value is better still may then be open. */
function isDecided({ confidence, recommended, candidates }: Advice): boolean {
  const chosen = candidates.find(({ value }) => value === recommended);
  return chosen !== undefined && (confidence === 'clear' || (chosen.besideNow?.ratioCi?.[0] ?? 0) > 1);
}
