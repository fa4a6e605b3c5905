import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { ChannelOptions, JsonKey } from '../../client/index.js';
import { type GrpcStreamConfig, resolveServer } from '../../config/index.js';
import { messageOf, UsageError } from '../../errors/index.js';
import type { CliContext } from '../context.js';
import { ROW_FORMATS, type RowFormatName } from './row-output.js';

/** The flags of `read`, as commander gives them. */
export interface ReadFlags {
  readonly target?: string;
  readonly format: string;
  readonly fields?: string;
  readonly filter?: string;
  readonly limit?: string;
  readonly after?: string;
  readonly partitions: string;
  readonly ordered?: boolean;
  readonly follow?: boolean;
  readonly interval: string;
  readonly retries: string;
  readonly token?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Numbers and names among the flags, validated. */
export interface ReadSettings {
  readonly format: RowFormatName;
  readonly limit: number | undefined;
  readonly partitions: number;
  readonly intervalMs: number;
  readonly maxAttempts: number;
  readonly after: JsonKey | undefined;
  readonly follow: boolean;
}

/** @throws UsageError that names the flag, its value, and what is allowed. */
export function readSettings(flags: ReadFlags): ReadSettings {
  const format = ROW_FORMATS.find((name) => name === flags.format);
  if (!format) throw wrongFlag('--format', flags.format, `one of ${ROW_FORMATS.join(', ')}`);
  const partitions = wholeNumber('--partitions', flags.partitions, 1, 64);
  if (flags.follow && partitions > 1) {
    throw new UsageError(
      'read.follow',
      '--follow reads what is appended behind the last key, which partitions have several of',
      {
        nextActions: ['leave out --partitions or --follow'],
      },
    );
  }
  return {
    format,
    partitions,
    follow: flags.follow ?? false,
    limit: flags.limit === undefined ? undefined : wholeNumber('--limit', flags.limit, 1, Number.MAX_SAFE_INTEGER),
    intervalMs: seconds('--interval', flags.interval) * 1000,
    maxAttempts: wholeNumber('--retries', flags.retries, 0, 1_000_000),
    after: flags.after === undefined ? undefined : keyOf(flags.after),
  };
}

/** Where the server is: `--target`, or where the project's own would listen on this machine. */
export function targetOf({ target }: ReadFlags, config: GrpcStreamConfig): string {
  if (target !== undefined) return target;
  const { host, port } = resolveServer({ env: process.env, config });
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** @throws UsageError for a file that cannot be read. */
export async function channelOptions(flags: ReadFlags, { cwd }: Pick<CliContext, 'cwd'>): Promise<ChannelOptions> {
  const token = flags.token ?? process.env.GRPC_STREAM_TOKEN;
  const file = async (flag: string, path: string | undefined) =>
    path === undefined ? undefined : await readPem(flag, resolve(cwd, path));
  const [ca, cert, key] = await Promise.all([
    file('--tls-ca', flags.tlsCa),
    file('--tls-cert', flags.tlsCert),
    file('--tls-key', flags.tlsKey),
  ]);
  const tls = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
  return {
    ...(token === undefined ? {} : { token }),
    ...(flags.tls || Object.keys(tls).length > 0 ? { tls } : {}),
  };
}

async function readPem(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError('read.wrong_flag', `${flag}: ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Which columns it must have, and of what types, is looked at where the model is known. */
function keyOf(text: string): JsonKey {
  const parsed = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw wrongFlag('--after', text, `a key as JSON, such as '{"id":5}'`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function seconds(flag: string, value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 0.01 && number <= 86_400) return number;
  throw wrongFlag(flag, value, 'a number of seconds from 0.01 to 86400');
}

function wholeNumber(flag: string, value: string, min: number, max: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw wrongFlag(flag, value, `a whole number from ${min} to ${max}`);
}

function wrongFlag(flag: string, value: string, allowed: string): UsageError {
  return new UsageError('read.wrong_flag', `${flag} is ${value}; it must be ${allowed}`);
}
