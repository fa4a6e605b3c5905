import { z } from 'zod';
import {
  BenchError,
  EnvironmentError,
  GrpcStreamError,
  messageOf,
  SchemaError,
  UsageError,
} from '../../errors/index.js';
import type { EnumModel, StreamModel } from '../../model/index.js';
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
 * Something that a child process does when asked. Both directions are parsed: with `--against` the other side is another
 * build, and its messages may differ.
 */
export interface Operation<Input, Output> {
  readonly name: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
}

/** Names an operation and the shapes that it takes and gives. */
function operation<Input, Output>(
  name: string,
  input: z.ZodType<Input>,
  output: z.ZodType<Output>,
): Operation<Input, Output> {
  return { name, input, output };
}

const nothing = z.undefined();

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** Plain data that the database's process read from the schema: a server that read it too would hold the schema's tools. */
const streamModel = z.custom<StreamModel>((value) => value instanceof Object && 'key' in value);
const enumModels = z.array(z.custom<EnumModel>((value) => value instanceof Object && 'values' in value));

export const databaseOperations = {
  /** How many rows a project's table has, and how large the first of them are. */
  sizeTable: operation('size-table', z.strictObject({ target: sentTargetSchema }), tableSizeSchema),

  /**
   * Makes and fills the table when `fill` says so, then reads at most `maxRows` rows and encodes them by code that shares
   * nothing with the server's. `prefixes` are counts of first rows that are wanted too.
   */
  prepareTable: operation(
    'prepare-table',
    z.strictObject({
      target: sentTargetSchema,
      fill: z.strictObject({ rows: z.number(), rowBytes: z.number(), seed: z.number() }).nullable(),
      maxRows: z.number(),
      prefixes: z.array(z.number()),
      /** How many rows are read of each query that the table has; null for none. */
      queryRows: z.number().nullable(),
    }),
    z.strictObject({
      whole: expectedRowsSchema,
      prefixes: z.array(expectedRowsSchema),
      queries: z.array(
        z.strictObject({
          name: z.string(),
          /** Members of a request, encoded. */
          request: bytes,
          /** For each count of first rows that is read. */
          expected: z.array(expectedRowsSchema),
        }),
      ),
      queryNotes: z.array(z.string()),
      model: streamModel,
      enums: enumModels,
      provider: z.string(),
      version: z.string(),
    }),
  ),
};

export const serverOperations = {
  /** Serves the model's generated service on a free port. */
  start: operation(
    'start-server',
    z.strictObject({ target: sentTargetSchema, model: streamModel, enums: enumModels }),
    z.strictObject({ address: z.string(), methods: methodsSchema }),
  ),

  /** Collects all garbage, so that memory is compared from the same beginning. Never before a rate is measured: it would halve it. */
  collect: operation('collect-garbage', nothing, nothing),

  /** Sets the meters to zero, before a sample. */
  begin: operation('begin-streams', nothing, nothing),

  /** Waits until so many streams have ended, and reads the meters. */
  finish: operation('finish-streams', z.strictObject({ streams: z.number() }), serverReadingSchema),
};

/** The part of a load's clients that one of several processes is: every so many of them, from one on. */
const shareSchema = z.strictObject({ index: z.number(), of: z.number() });
export type ClientShare = z.infer<typeof shareSchema>;

export const clientOperations = {
  /** Opens the connections that a load needs. */
  connect: operation(
    'connect-clients',
    z.strictObject({ server: serverPlaceSchema, setting: settingSchema, share: shareSchema }),
    nothing,
  ),

  /** Reads what a setting's load asks for, as often as its sample does. `limit`: most rows of one stream; null for all. */
  read: operation(
    'read-streams',
    z.strictObject({
      server: serverPlaceSchema,
      setting: settingSchema,
      share: shareSchema,
      limit: z.number().nullable(),
      readings: z.number(),
      leastMs: z.number(),
    }),
    clientReadingSchema,
  ),

  /** Does work that is always the same. @returns Its CPU time, in microseconds. */
  yardstick: operation('do-yardstick', nothing, z.number()),

  /** Reads so many rows and leaves. */
  leave: operation(
    'leave-stream',
    z.strictObject({ server: serverPlaceSchema, setting: settingSchema, afterRows: z.number() }),
    leftStreamSchema,
  ),
};

export const proxyOperations = {
  /** Passes bytes on to a server, each so many milliseconds after it came. */
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

/** A child's message: an answer, a failure, or how far it has come. */
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

/** Errors that keep their class, and so their exit code, across a process border; all others become a BenchError. */
const keptClasses = { EnvironmentError, SchemaError, UsageError };

/** The error that a child sent, with the child's own stack as its cause. */
export function fromEnvelope({ name, code, message, nextActions, stack }: ErrorEnvelope): GrpcStreamError {
  const kept = Object.entries(keptClasses).find(([className]) => className === name)?.[1] ?? BenchError;
  const cause = new Error(message);
  cause.stack = stack;
  return new kept(code, message, { nextActions, cause });
}
