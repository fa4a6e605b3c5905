import { z } from 'zod';
import {
  BenchError,
  EnvironmentError,
  GrpcStreamError,
  messageOf,
  SchemaError,
  UsageError,
} from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import { settingSchema } from '../../results/index.js';
import { sentTargetSchema } from '../database/target.js';
import {
  clientReadingSchema,
  expectedRowsSchema,
  leftStreamSchema,
  serverReadingSchema,
  tableSizeSchema,
} from '../executor.js';
import { methodsSchema, serverPlaceSchema } from '../wire/server-place.js';

/**
 * An operation of a child process. Requests and answers are parsed: with `--against` the child is another build, whose messages may differ.
 */
export interface Operation<Input, Output> {
  readonly name: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
}

/** The name of an operation, and the schemas of its request and its answer. */
function operation<Input, Output>(
  name: string,
  input: z.ZodType<Input>,
  output: z.ZodType<Output>,
): Operation<Input, Output> {
  return { name, input, output };
}

const nothing = z.undefined();

/** Plain data that the database's process read from the schema: if the server read the schema, it would load the schema tools. */
const streamModel = z.custom<StreamModel>((value) => value instanceof Object && 'key' in value);

export const databaseOperations = {
  /** How many rows a project's table has, and how large the first of them are. */
  sizeTable: operation('size-table', z.strictObject({ target: sentTargetSchema }), tableSizeSchema),

  /**
   * Makes and fills the table if `fill` is set, then reads at most `maxRows` rows and encodes them with code that the server does not use.
   * `prefixes` are numbers of first rows whose checksums are needed as well.
   */
  prepareTable: operation(
    'prepare-table',
    z.strictObject({
      target: sentTargetSchema,
      fill: z.strictObject({ rows: z.number(), rowBytes: z.number(), seed: z.number() }).nullable(),
      maxRows: z.number(),
      prefixes: z.array(z.number()),
    }),
    z.strictObject({
      whole: expectedRowsSchema,
      prefixes: z.array(expectedRowsSchema),
      model: streamModel,
      provider: z.string(),
      version: z.string(),
    }),
  ),
};

export const serverOperations = {
  /** Serves the model's generated service on a free port. */
  start: operation(
    'start-server',
    z.strictObject({ target: sentTargetSchema, model: streamModel }),
    z.strictObject({ address: z.string(), methods: methodsSchema }),
  ),

  /** Collects garbage and sets the meters to zero, before a sample. */
  begin: operation('begin-streams', nothing, nothing),

  /** Waits until a number of streams has ended, and reads the meters. */
  finish: operation('finish-streams', z.strictObject({ streams: z.number() }), serverReadingSchema),
};

export const clientOperations = {
  /** Reads the load of a setting. `limit`: the most rows of one stream; null for all. */
  read: operation(
    'read-streams',
    z.strictObject({ server: serverPlaceSchema, setting: settingSchema, limit: z.number().nullable() }),
    clientReadingSchema,
  ),

  /** Reads a number of rows and leaves. */
  leave: operation(
    'leave-stream',
    z.strictObject({ server: serverPlaceSchema, setting: settingSchema, afterRows: z.number() }),
    leftStreamSchema,
  ),
};

export const proxyOperations = {
  /** Passes bytes on to a server with a delay in milliseconds. */
  start: operation(
    'start-proxy',
    z.strictObject({ target: z.string(), delayMs: z.number() }),
    z.strictObject({ address: z.string() }),
  ),
};

/** Any process: CPU time since it began, in microseconds. */
export const cpuOperation = operation('ask-cpu', nothing, z.number());

/** A request to a child. */
export const requestEnvelope = z.strictObject({ id: z.number(), name: z.string(), input: z.unknown() });

/** An error as it crosses a process border: its class by name, so that the parent can make one like it. */
const errorEnvelope = z.strictObject({
  name: z.string(),
  code: z.string(),
  message: z.string(),
  nextActions: z.array(z.string()),
  stack: z.string(),
});
type ErrorEnvelope = z.infer<typeof errorEnvelope>;

/** A child's message: an answer, a failure, or its progress. */
export const replyEnvelope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), id: z.number(), output: z.unknown() }),
  z.strictObject({ kind: z.literal('failure'), id: z.number(), error: errorEnvelope }),
  z.strictObject({ kind: z.literal('progress'), done: z.number(), total: z.number() }),
]);
export type ReplyEnvelope = z.infer<typeof replyEnvelope>;

/** An error, made ready to be sent to the parent. */
export function toEnvelope(error: unknown): ErrorEnvelope {
  const ours = error instanceof GrpcStreamError ? error : undefined;
  return {
    name: error instanceof Error ? error.name : 'Error',
    code: ours?.code ?? 'bench.failed',
    message: messageOf(error),
    nextActions: [...(ours?.nextActions ?? [])],
    stack: error instanceof Error ? (error.stack ?? '') : '',
  };
}

/** Errors that keep their class, and so their exit code, across processes; all others become a BenchError. */
const keptClasses = { EnvironmentError, SchemaError, UsageError };

/** The error that a child sent, with the child's own stack as its cause. */
export function fromEnvelope({ name, code, message, nextActions, stack }: ErrorEnvelope): GrpcStreamError {
  const kept = Object.entries(keptClasses).find(([className]) => className === name)?.[1] ?? BenchError;
  const cause = new Error(message);
  cause.stack = stack;
  return new kept(code, message, { nextActions, cause });
}
