import { parseArgs } from 'node:util';
import { resolveServer } from '../config/index.js';
import { GrpcStreamError, messageOf, UsageError } from '../errors/index.js';
import { checkHealth } from './health.js';

/** What the command says, and its exit code: 0 for a server that serves, 3 for another one or none, 2 for wrong arguments. */
interface HealthReport {
  readonly code: number;
  readonly text: string;
}

const USAGE =
  'usage: grpc-stream-health [address] [--service <name>] [--timeout <seconds>] [--tls] [--tls-ca <file>] [--tls-cert <file>] [--tls-key <file>] [--tls-server-name <name>]';

/**
 * `grpc-stream health` for production, where the command line is not installed: the same arguments, for the probes of containers.
 *
 * @param env Its GRPC_STREAM_PORT is the port of this machine that is asked by default.
 */
export async function healthCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<HealthReport> {
  try {
    const { values, address } = parse(args);
    const { service, 'tls-ca': ca, 'tls-cert': cert, 'tls-key': key, 'tls-server-name': serverName } = values;
    const target = address ?? `127.0.0.1:${resolveServer({ env }).port}`;
    const timeoutMs = millisecondsOf(values.timeout);
    const isEncrypted = values.tls === true || [ca, cert, key, serverName].some((value) => value !== undefined);
    const tls = isEncrypted ? { ca, cert, key, serverName } : undefined;
    const status = await checkHealth({ address: target, service, timeoutMs, tls });
    return { code: status === 'SERVING' ? 0 : 3, text: `${target} is ${status}` };
  } catch (error) {
    if (!(error instanceof GrpcStreamError)) throw error;
    return { code: error instanceof UsageError ? 2 : 3, text: error.message };
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const tls = {
    tls: { type: 'boolean' },
    'tls-ca': text,
    'tls-cert': text,
    'tls-key': text,
    'tls-server-name': text,
  } as const;
  try {
    const options = { service: text, timeout: text, ...tls };
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    return { values, address: positionals[0] };
  } catch (cause) {
    throw new UsageError('health.usage', `${messageOf(cause)}\n${USAGE}`, { cause });
  }
}

function millisecondsOf(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  const value = Number(seconds);
  if (value > 0 && value <= 3600) return value * 1000;
  throw new UsageError('health.usage', `--timeout is ${seconds}; it must be seconds, up to 3600\n${USAGE}`);
}
