import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { GrpcStreamConfig, LogLevel } from '../../config/index.js';
import { flagName, type Setting, type SettingsTable } from '../../config/setting.js';
import { serverSettings, settingGroups } from '../../config/settings.js';
import { type CliContext, type CliRuntime, runAction, silenceGrpc } from '../context.js';
import { ExitCode, wasTerminated } from '../exit.js';

const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Values stay text until `resolveServer` and `resolveStreaming` validate them. */
type ServeFlags = Readonly<Record<string, string | undefined>>;

export function serveCommand(runtime: CliRuntime): Command {
  const command = new Command('serve')
    .description('run the generated server until Ctrl-C or SIGTERM')
    .option(
      '--watch',
      'for development: generate, serve, and do both again after each change of the schema or the code',
    );
  for (const [heading, table] of Object.entries(settingGroups)) addSettings(command, heading, table);
  command
    .optionsGroup('TLS and authentication:')
    .option(
      '--token <token>',
      'one bearer token; prefer --token-file or GRPC_STREAM_TOKEN, which a list of processes does not show',
    );
  command
    .optionsGroup('Log:')
    .addOption(
      new Option('--log-level <level>', 'least level of the lines of the log (default: log.level, or info)').choices(
        logLevels,
      ),
    );
  return command.action(({ watch, ...flags }: ServeFlags & { readonly watch?: true }) =>
    runAction(command, runtime, async (context) => {
      if (!watch) return runServe(context, flags);
      const { watchServer } = await import('./watch-server.js');
      await watchServer(context);
      return undefined;
    }),
  );
}

function addSettings(command: Command, heading: string, table: SettingsTable): void {
  command.optionsGroup(`${heading}:`);
  for (const [name, setting] of Object.entries(table))
    if (setting.flag) command.addOption(settingOption(name, setting));
}

/** `--reflection` alone means `--reflection true`; a setting that is on by default needs its value. */
function settingOption(name: string, { kind, unit, help, default: preset }: Setting<unknown>): Option {
  const isSwitch = kind === 'boolean' && preset === false;
  const flags = `${flagName(name)} ${isSwitch ? `[${unit}]` : `<${unit}>`}`;
  const option = new Option(flags, `${help} (default: ${preset ?? 'none'})`);
  return isSwitch ? option.preset('true') : option;
}

async function runServe(context: CliContext, flags: ServeFlags): Promise<number | undefined> {
  silenceGrpc(context);
  const [{ loadProject }, { loadDescriptors, loadServices }, { loadDatabase }, { openDatabase, runServer }] =
    await Promise.all([
      import('../../project/load-project.js'),
      import('../../project/load-generated.js'),
      import('../../project/project-database.js'),
      import('../../server/index.js'),
    ]);
  const cwd = process.cwd();
  const project = await loadProject(context);
  const [createServices, descriptors] = await Promise.all([loadServices(project), loadDescriptors(project)]);
  await runServer({
    ...openDatabase(await loadDatabase(project)),
    createServices,
    ...(descriptors ? { descriptors } : {}),
    config: withLogLevel(project.config, flags.logLevel),
    name: project.packageName,
    flags: withAbsolutePaths(flags, context.cwd),
    cwd,
    signal: context.signal,
    onListening: (address, metricsUrl) => announce(context, address, metricsUrl),
  });
  return wasTerminated(context.signal) ? ExitCode.ok : undefined;
}

function withLogLevel(config: GrpcStreamConfig, flag: string | undefined): GrpcStreamConfig {
  const level = logLevels.find((each) => each === flag);
  return level === undefined ? config : { ...config, log: { ...config.log, level } };
}

/** A path in a flag is relative to the working folder; paths of the configuration are relative to the project. */
function withAbsolutePaths(flags: ServeFlags, cwd: string): ServeFlags {
  const settings: SettingsTable = serverSettings;
  const absolute = (name: string, value: string | undefined) =>
    settings[name]?.kind === 'file' && value !== undefined ? resolve(cwd, value) : value;
  return Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, absolute(name, value)]));
}

/** With `--json`, scripts read the port that was chosen for 0 from stdout. */
function announce(context: CliContext, address: string, metricsUrl?: string): void {
  if (context.json) context.print(JSON.stringify({ address, metricsUrl }));
  else context.note(`✔ listening on ${address} (Ctrl-C ends)`);
  if (metricsUrl !== undefined) context.note(`  metrics and live page: ${metricsUrl}`);
}
