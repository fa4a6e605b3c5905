import { Command } from 'commander';
import { type CliContext, type CliRuntime, runAction } from './context.js';
import { ExitCode } from './exit-codes.js';

interface HealthFlags {
  readonly service?: string;
  readonly timeout: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
}

export function healthCommand(runtime: CliRuntime): Command {
  const command = new Command('health')
    .description(
      'ask a server whether it serves: exit code 0 when it does, 3 when not; made for the probes of containers',
    )
    .argument('[address]', 'such as 127.0.0.1:50051 (default: this machine, at GRPC_STREAM_PORT or 50051)')
    .option('--service <name>', 'one service, by its full name (default: the server as a whole)')
    .option('--timeout <seconds>', 'how long an answer may take', '5')
    .option('--tls-ca <file>', "whom the server's certificate must be from, PEM (default: no TLS)")
    .option('--tls-cert <file>', 'what to show under mutual TLS, PEM')
    .option('--tls-key <file>', 'the private key of --tls-cert, PEM')
    .option('--tls-server-name <name>', "the name in the server's certificate, where it is not that of the address");
  return command.action((address: string | undefined, flags: HealthFlags) =>
    runAction(command, runtime, (context) => runHealth(context, address, flags)),
  );
}

async function runHealth(context: CliContext, address: string | undefined, flags: HealthFlags): Promise<number> {
  if (!context.verbose) process.env.GRPC_VERBOSITY ??= 'NONE';
  const [{ checkHealth }, { resolveServer }] = await Promise.all([
    import('../server/index.js'),
    import('../config/index.js'),
  ]);
  const target = address ?? `127.0.0.1:${resolveServer({ env: process.env }).port}`;
  const status = await checkHealth({
    address: target,
    service: flags.service,
    timeoutMs: await timeoutMsOf(flags.timeout),
    ...(flags.tlsCa === undefined ? {} : { tls: tlsOf(flags, flags.tlsCa) }),
  });
  if (context.json) context.print(JSON.stringify({ address: target, status }));
  else context.note(`${status === 'SERVING' ? '✔' : '✘'} ${target} is ${status}`);
  return status === 'SERVING' ? ExitCode.ok : ExitCode.environment;
}

function tlsOf({ tlsCert, tlsKey, tlsServerName }: HealthFlags, ca: string) {
  return { ca, cert: tlsCert, key: tlsKey, serverName: tlsServerName };
}

async function timeoutMsOf(text: string): Promise<number> {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds * 1000;
  const { UsageError } = await import('../errors/index.js');
  throw new UsageError(
    'health.timeout',
    `--timeout is ${JSON.stringify(text)}; it must be seconds, more than 0 and at most 3600`,
  );
}
