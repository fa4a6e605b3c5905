import { randomUUID } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { callForPartitions, type ServiceFacts } from '../../../client/calls.js';
import type { Connection } from '../../../client/index.js';
import { openRange, positionOf, type RangePosition } from '../../../client/position.js';
import { readFileIfAny } from '../../../disk/index.js';
import { UsageError } from '../../../errors/index.js';
import { rangeShape } from './part-files.js';

/** One share of a table. */
export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/** @throws UsageError for another text than such as `3/16`. */
export function parseShard(text: string): Shard {
  const [, number = 0, of = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (number >= 1 && number <= of) return { number, of };
  throw new UsageError('read.shard', `--shard is ${JSON.stringify(text)}; it must be a share, such as 3/16`);
}

export interface ShardPlanOptions {
  /** The folder that all shares write to. */
  readonly folder: string;
  readonly shards: number;
  readonly request: Readonly<Record<string, unknown>>;
  readonly facts: ServiceFacts;
  readonly connection: Connection;
  readonly filter: object | undefined;
  readonly signal: AbortSignal;
}

/**
 * The ranges of the key, one for each share; a small table has fewer. The first process that comes asks the server, and writes the answer beside the
 * shares: a table that changes would be split elsewhere for the next one, and rows would be read twice or not at all.
 *
 * @throws UsageError when the folder has the plan of another request.
 */
export async function shardRanges(options: ShardPlanOptions): Promise<readonly RangePosition[]> {
  const { folder, request, shards } = options;
  const path = join(folder, 'plan.json');
  const plan = (await readPlan(path)) ?? (await makePlan(path, options));
  const asked = JSON.stringify({ request, shards });
  if (JSON.stringify({ request: plan.request, shards: plan.shards }) === asked) return plan.ranges;
  throw new UsageError('read.other_plan', `${path} splits the table for another request`, {
    nextActions: ['give the flags of that request, and as many shares', 'or write to another folder with --out'],
  });
}

const planShape = z.object({
  shards: z.number(),
  request: z.record(z.string(), z.unknown()),
  ranges: z.array(rangeShape),
});

type Plan = z.infer<typeof planShape>;

async function readPlan(path: string): Promise<Plan | undefined> {
  const text = await readFileIfAny(path);
  return text === undefined ? undefined : planShape.parse(JSON.parse(text));
}

async function makePlan(path: string, options: ShardPlanOptions): Promise<Plan> {
  const { folder, request, shards, facts, connection, filter, signal } = options;
  const partitions = await callForPartitions(facts, connection.channel, { count: shards, filter }, { signal });
  const key = Object.fromEntries(Object.entries(facts.key).filter(([, { optional }]) => !optional));
  const ranges = partitions.map((partition) => positionOf(openRange(key, undefined, partition)));
  const plan: Plan = { shards, request: { ...request }, ranges };
  await mkdir(folder, { recursive: true });
  // Containers that share a folder have process ids alike.
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, `${JSON.stringify(plan, null, 2)}\n`);
  try {
    // A link, unlike a rename, does not replace the plan of a process that was faster.
    await link(temporary, path);
    return plan;
  } catch (error) {
    const other = await readPlan(path);
    if (other) return other;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
