import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type CliContext, type CliRuntime, runAction } from './context.js';
import { ExitCode } from './exit-codes.js';
import { wasTerminated } from './interrupt.js';

/** Values stay text until `resolveServer` and `resolveStreaming` validate them. */
type ServeFlags = Readonly<Record<string, string | undefined>>;

export function serveCommand(runtime: CliRuntime): Command {
  const command = new Command('serve')
    .description('run the generated server until Ctrl-C or SIGTERM')
    .optionsGroup('Where it listens:')
    .option('--host <address>', 'address to bind (default: 127.0.0.1, only this machine)')
    .option('--port <port>', 'port to bind; 0 takes a free one (default: 50051)')
    .option(
      '--workers <count>',
      'processes that share the port, each with its own connections to the database (default: 1)',
    )
    .addOption(
      new Option(
        '--reflection [boolean]',
        'tell clients such as grpcurl what services there are (default: false)',
      ).preset('true'),
    )
    .option(
      '--metrics-port <port>',
      'port for metrics, health over HTTP and a live page; 0 takes a free one (default: none)',
    )
    .option('--metrics-host <address>', 'address to bind for them; they have no password (default: 127.0.0.1)')
    .addOption(
      new Option(
        '--open-telemetry [boolean]',
        'send traces and metrics to where the OTEL_… variables say (default: false)',
      ).preset('true'),
    )
    .optionsGroup('Whom it serves:')
    .option('--tls-cert <file>', "the server's certificate chain, PEM; read again when it changes")
    .option('--tls-key <file>', "the certificate's private key, PEM")
    .option('--tls-client-ca <file>', 'authorities whose certificates clients must show (mutual TLS), PEM')
    .option(
      '--token-file <file>',
      'bearer tokens, one a line, any of which admits a client; read again when it changes',
    )
    .option(
      '--token <token>',
      'one bearer token; prefer --token-file or GRPC_STREAM_TOKEN, which a list of processes does not show',
    )
    .option('--jwt-jwks-url <url>', 'where the keys are that sign the JWTs of clients')
    .option('--jwt-public-key <file>', 'or the one public key that does, PEM')
    .option('--jwt-issuer <issuer>', 'the `iss` that a JWT must have')
    .option('--jwt-audience <audience>', 'the `aud` that a JWT must have')
    .optionsGroup('How much:')
    .option('--max-streams <count>', 'most calls at a time, of all clients; 0 for any (default: 10000)')
    .option('--max-streams-per-client <count>', 'most calls at a time of one client; 0 for any (default: 1000)')
    .option(
      '--max-calls-per-second <count>',
      'most calls that one address may begin a second; 0 for any (default: 1000)',
    )
    .option('--max-connections <count>', 'most connections at a time, of all clients; 0 for any (default: 10000)')
    .option(
      '--max-connections-per-client <count>',
      'most connections at a time from one address; 0 for any (default: 1000)',
    )
    .option('--max-request-bytes <bytes>', 'most bytes of one request (default: 1048576)')
    .option('--max-connection-age <seconds>', 'ask clients to connect anew after this time; 0 for never (default: 0)')
    .option('--min-ping-interval <seconds>', 'let go of idle clients that ping more often; 0 for any (default: 5)')
    .optionsGroup('How it streams:')
    .option('--chunk-size <rows>', 'rows a database round trip (default: 1000)')
    .option('--cancellation-check-interval <rows>', 'rows between two looks at cancellation (default: 100)')
    .option('--yield-timeout <seconds>', 'longest time between two yields (default: 30)')
    .option('--enable-metrics <boolean>', 'measure and log every stream (default: true)')
    .option('--access-log <boolean>', 'log every call (default: true)')
    .option('--shutdown-grace <seconds>', 'time that running streams are given to end (default: 10)');
  return command.action((flags: ServeFlags) => runAction(command, runtime, (context) => runServe(context, flags)));
}

async function runServe(context: CliContext, flags: ServeFlags): Promise<number | undefined> {
  // grpc-js would print a line of its own beside ours; it reads this when it is loaded.
  if (!context.verbose) process.env.GRPC_VERBOSITY ??= 'NONE';
  const [{ loadProject }, { loadDescriptors, loadServices }, { openServedDatabase }, { runServer }] = await Promise.all(
    [
      import('../project/load-project.js'),
      import('../project/load-generated.js'),
      import('../project/project-database.js'),
      import('../server/index.js'),
    ],
  );
  const cwd = process.cwd();
  const project = await loadProject(context);
  const [createServices, descriptors] = await Promise.all([loadServices(project), loadDescriptors(project)]);
  const database = await openServedDatabase(project);
  await runServer({
    ...database,
    createServices,
    ...(descriptors ? { descriptors } : {}),
    config: project.config,
    name: project.packageName,
    flags: withAbsolutePaths(flags, context.cwd),
    cwd,
    signal: context.signal,
    onListening: (address, metricsUrl) => announce(context, address, metricsUrl),
  });
  return wasTerminated(context.signal) ? ExitCode.ok : undefined;
}

const PATHS = ['tlsCert', 'tlsKey', 'tlsClientCa', 'tokenFile', 'jwtPublicKey'];

/** A path that was typed starts where it was typed; those of the configuration start at the project. */
function withAbsolutePaths(flags: ServeFlags, cwd: string): ServeFlags {
  return Object.fromEntries(
    Object.entries(flags).map(([key, value]) => [
      key,
      PATHS.includes(key) && value !== undefined ? resolve(cwd, value) : value,
    ]),
  );
}

/** With `--json`, scripts learn the port that 0 turned into from stdout. */
function announce(context: CliContext, address: string, metricsUrl?: string): void {
  if (context.json) context.print(JSON.stringify({ address, metricsUrl }));
  else context.note(`✔ listening on ${address} (Ctrl-C ends)`);
  if (metricsUrl !== undefined) context.note(`  metrics and live page: ${metricsUrl}`);
}
