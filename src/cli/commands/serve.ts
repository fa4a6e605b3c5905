import { Command } from 'commander';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import { wasTerminated } from '../interrupt.js';

/** Values stay text until `resolveServer` and `resolveStreaming` validate them. */
type ServeFlags = Readonly<Record<string, string | undefined>>;

export function serveCommand(runtime: CliRuntime): Command {
  const command = new Command('serve')
    .description('run the generated server until Ctrl-C or SIGTERM')
    .option('--host <address>', 'address to bind (default: 127.0.0.1, only this machine)')
    .option('--port <port>', 'port to bind; 0 takes a free one (default: 50051)')
    .option('--chunk-size <rows>', 'rows a database round trip (default: 1000)')
    .option('--cancellation-check-interval <rows>', 'rows between two looks at cancellation (default: 100)')
    .option('--yield-timeout <seconds>', 'longest time between two yields (default: 30)')
    .option('--enable-metrics <boolean>', 'measure and log every stream (default: true)')
    .option('--shutdown-grace <seconds>', 'time that running streams are given to end (default: 10)');
  return command.action((flags: ServeFlags) => runAction(command, runtime, (context) => runServe(context, flags)));
}

async function runServe(context: CliContext, flags: ServeFlags): Promise<number | undefined> {
  // grpc-js would print a line of its own beside ours; it reads this when it is loaded.
  if (!context.verbose) process.env.GRPC_VERBOSITY ??= 'NONE';
  const [{ loadProject }, { loadServices }, { openProjectDatabase }, { runServer }] = await Promise.all([
    import('../../project/load-project.js'),
    import('../load-services.js'),
    import('../project-database.js'),
    import('../../server/index.js'),
  ]);
  const project = await loadProject(context);
  const createServices = await loadServices(project);
  const database = await openProjectDatabase(project, { mustExist: true });
  await runServer({
    createServices,
    prisma: database.prisma,
    adapter: database.adapter,
    config: project.config,
    flags,
    signal: context.signal,
    onListening: (address) => announce(context, address),
  });
  return wasTerminated(context.signal) ? ExitCode.ok : undefined;
}

/** With `--json`, scripts learn the port that 0 turned into from stdout. */
function announce(context: CliContext, address: string): void {
  if (context.json) context.print(JSON.stringify({ address }));
  else context.note(`✔ listening on ${address} (Ctrl-C ends)`);
}
