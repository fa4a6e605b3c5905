import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ChannelOptions } from '../client/index.js';
import { messageOf, UsageError } from '../errors/index.js';

interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly default?: number;
}

/** A flag that takes a whole number. */
export function wholeNumberOption(flags: string, help: string, range: NumberRange): Option {
  return numberOption(flags, help, { ...range, pattern: /^\d+$/, kind: 'a whole number' });
}

/** A flag that takes a number of seconds. */
export function secondsOption(flags: string, help: string, range: NumberRange): Option {
  return numberOption(flags, help, { ...range, pattern: /^\d+(\.\d+)?$/, kind: 'a number of seconds' });
}

function numberOption(
  flags: string,
  help: string,
  { min, max, default: preset, pattern, kind }: NumberRange & { readonly pattern: RegExp; readonly kind: string },
): Option {
  return new Option(flags, help).default(preset).argParser((text) => {
    const number = pattern.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be ${kind} from ${min} to ${max}.`);
  });
}

/** The flags of a connection to a server. */
export interface ConnectionFlags {
  /** Implied by the other three. */
  readonly tls?: boolean | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly token?: string | undefined;
}

/** Adds the flags of a connection to a server; `when` begins their help. */
export function addConnectionFlags(command: Command, when = ''): Command {
  const tlsFile = (flags: string, help: string) => new Option(flags, when + help).implies({ tls: true });
  return command
    .option('--tls', `${when}encrypt the connection, trusting the authorities that Node trusts`)
    .addOption(tlsFile('--tls-ca <file>', 'encrypt the connection, trusting this authority (PEM)'))
    .addOption(tlsFile('--tls-cert <file>', "the client's own certificate (PEM), with --tls-key"))
    .addOption(tlsFile('--tls-key <file>', 'the key of --tls-cert (PEM)'))
    .option('--token <token>', `${when}bearer token; better in GRPC_STREAM_TOKEN, which no list of processes shows`);
}

/**
 * The options of a connection that the flags give. Read late, because a project's `.env` may hold the token.
 *
 * @throws UsageError when a file cannot be read, or a certificate comes without its key.
 */
export async function connectOptionsOf(
  flags: ConnectionFlags,
  cwd: string,
): Promise<Pick<ChannelOptions, 'token' | 'tls'>> {
  const [token, tls] = [tokenOf(flags), await readTls(flags, cwd)];
  return { ...(token === undefined ? {} : { token }), ...(tls ? { tls } : {}) };
}

/** Certificates and keys, as PEM. */
interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads the files of the flags; undefined if the connection is not encrypted.
 *
 * @throws UsageError when a file cannot be read, or a certificate comes without its key.
 */
export async function readTls(
  { tls, tlsCa, tlsCert, tlsKey }: ConnectionFlags,
  cwd: string,
): Promise<TlsTexts | undefined> {
  if (!tls) return undefined;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('flags.half_a_certificate', '--tls-cert and --tls-key go together', {
      nextActions: ['give both, or neither'],
    });
  }
  return {
    ...(tlsCa === undefined ? {} : { ca: await readPem('--tls-ca', resolve(cwd, tlsCa)) }),
    ...(tlsCert === undefined ? {} : { cert: await readPem('--tls-cert', resolve(cwd, tlsCert)) }),
    ...(tlsKey === undefined ? {} : { key: await readPem('--tls-key', resolve(cwd, tlsKey)) }),
  };
}

async function readPem(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError('flags.unreadable', `${flag}: ${path} cannot be read: ${messageOf(cause)}`, {
      cause,
      nextActions: ['check the path'],
    });
  }
}

/** The token of the calls. Read late, because a project's `.env` may hold it. */
export function tokenOf({ token }: ConnectionFlags): string | undefined {
  return token ?? process.env.GRPC_STREAM_TOKEN;
}
