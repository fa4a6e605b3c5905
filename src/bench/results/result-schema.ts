import { z } from 'zod';
import type { Advice, BenchEnvironment, BenchResult, BenchWarning, Candidate } from '../../results/index.js';
import { cancellationShape, cellShape, scenarioShape, settingsShape, tableShape } from './result-shapes.js';

/** The version that this release writes and reads; whatever changes the shape of a result raises it. */
export const RESULT_VERSION = 2;

const known = z.number().nullable();
const mode = z.enum(['rows', 'batches']);

const environment: z.ZodType<BenchEnvironment> = z.strictObject({
  cpu: z.string(),
  cores: z.number(),
  memoryMb: z.number(),
  os: z.string(),
  node: z.string(),
  packages: z.record(z.string(), z.string()),
  database: z.strictObject({ provider: z.string(), version: z.string() }),
  serverIdleRssMb: known,
  governor: z.string().nullable(),
  commit: z.string().nullable(),
  pinned: z.boolean(),
});

const candidate: z.ZodType<Candidate> = z.strictObject({
  value: z.number(),
  rowsPerSecond: z.number(),
  ratio: z.number().meta({ description: "Its rate as a share of the fastest value's; the median of the pairs" }),
  ratioCi: z.tuple([z.number(), z.number()]),
  pValue: z.number().meta({ description: 'Wilcoxon signed-rank, one-sided' }),
  pairs: z.number(),
  verdict: z.enum(['fastest', 'tied', 'slower', 'unclear']),
  firstRowMs: z.number(),
  serverPeakRssMb: known,
  withinBudget: z.boolean(),
  cancelMs: z.number().exactOptional(),
});

const advice: z.ZodType<Advice> = z.strictObject({
  setting: z.enum(['chunkSize', 'cancellationCheckInterval']),
  audience: z.enum([
    'small-rows',
    'medium-rows',
    'large-rows',
    'tight-memory',
    'interactive-clients',
    'batch-clients',
    'high-throughput-clients',
  ]),
  mode,
  recommended: known.meta({ description: 'Null when the measurements support no value' }),
  confidence: z.enum(['clear', 'unclear']),
  tolerance: z.number().meta({ description: 'Share of the fastest rate that may be given up for a smaller value' }),
  budget: z.strictObject({ firstRowMs: known, serverPeakRssMb: known }),
  candidates: z.array(candidate),
  rule: z
    .object({
      min: z.number(),
      max: known,
      verdict: z.enum(['holds', 'does-not-hold', 'cannot-tell', 'not-measured']),
    })
    .nullable(),
});

const warning: z.ZodType<BenchWarning> = z.strictObject({
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
    'noisy-neighbour',
    'debug-build',
    'imprecise',
    'read-past-bound',
  ]),
  message: z.string(),
  hint: z.string(),
});

/** What a saved result must look like; the compiler refuses it when it does not fit the type. */
export const benchResultSchema: z.ZodType<BenchResult> = z.strictObject({
  schemaVersion: z.literal(RESULT_VERSION),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number(),
  rounds: z.number().meta({ description: 'Rounds that were completed' }),
  settings: settingsShape,
  environment,
  table: tableShape,
  tables: z.array(tableShape),
  cells: z.array(cellShape).meta({ description: 'The throughput scenario: every combination of the sweep' }),
  cancellations: z.array(cancellationShape),
  scenarios: z.array(scenarioShape).meta({ description: 'The other scenarios that were run' }),
  guidance: z.array(advice),
  warnings: z.array(warning),
});

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
