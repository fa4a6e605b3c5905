import { Command, Option } from 'commander';
import { serverSettings } from '../config/settings.js';
import { type CliContext, type CliRuntime, runAction, silenceDeprecations, silenceGrpc } from './context.js';
import { ExitCode } from './exit.js';
import { secondsOption } from './flags.js';

interface HealthFlags {
  readonly service?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
}

export function healthCommand(runtime: CliRuntime): Command {
  const tls = (flags: string, help: string) => new Option(flags, help).implies({ tls: true });
  const command = new Command('health')
    .description(
      'ask a server whether it serves: exit code 0 when it does, 3 when not; made for the probes of containers',
    )
    .argument(
      '[address]',
      `such as 127.0.0.1:50051 (default: this machine, at GRPC_STREAM_PORT or ${serverSettings.port.default})`,
    )
    .option('--service <name>', 'one service, by its full name (default: the server as a whole)')
    .addOption(
      secondsOption('--timeout <seconds>', 'how long an answer may take', { min: 0.001, max: 3600, default: 5 }),
    )
    .option('--tls', 'encrypt the connection, trusting the authorities that Node trusts')
    .addOption(tls('--tls-ca <file>', "the authority that signed the server's certificate, PEM"))
    .addOption(tls('--tls-cert <file>', "the client's own certificate, PEM (mutual TLS)"))
    .addOption(tls('--tls-key <file>', 'the key of --tls-cert, PEM'))
    .addOption(
      tls('--tls-server-name <name>', "the name in the server's certificate, where it differs from the address"),
    );
  return command.action((address: string | undefined, flags: HealthFlags) =>
    runAction(command, runtime, (context) => runHealth(context, address, flags)),
  );
}

async function runHealth(context: CliContext, address: string | undefined, flags: HealthFlags): Promise<number> {
  silenceGrpc(context);
  silenceDeprecations(context);
  const [{ checkHealth }, { resolveServer }] = await Promise.all([
    import('../server/index.js'),
    import('../config/index.js'),
  ]);
  const { service, timeout, tls, tlsCa: ca, tlsCert: cert, tlsKey: key, tlsServerName: serverName } = flags;
  const target = address ?? `127.0.0.1:${resolveServer({ env: process.env }).port}`;
  const status = await checkHealth({
    address: target,
    service,
    timeoutMs: timeout * 1000,
    ...(tls ? { tls: { ca, cert, key, serverName } } : {}),
  });
  if (context.json) context.print(JSON.stringify({ address: target, status }));
  else context.note(`${status === 'SERVING' ? '✔' : '✘'} ${target} is ${status}`);
  return status === 'SERVING' ? ExitCode.ok : ExitCode.environment;
}
