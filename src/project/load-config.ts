import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { loadConfig as loadConfigFile } from 'c12';
import { configSchema, type GrpcStreamConfig, showValue } from '../config/index.js';
import { messageOf, UsageError } from '../errors/index.js';

/** A configuration and the folder that its relative paths start at. */
export interface LoadedConfig {
  readonly config: GrpcStreamConfig;
  readonly root: string;
  /** The file it came from; none when the project has no configuration file. */
  readonly file: string | undefined;
}

const CONFIG_NAME = 'grpc-stream.config';

/**
 * Reads `grpc-stream.config.ts` (or .js, .mjs, .json …) from `cwd`, and `.env` into the environment.
 *
 * @throws UsageError when the file cannot be read, or holds a wrong key or value.
 */
export async function loadConfig(cwd: string, configFile?: string): Promise<LoadedConfig> {
  const file = configFile === undefined ? undefined : resolve(cwd, configFile);
  if (file !== undefined && !existsSync(file)) {
    throw new UsageError('config.missing', `the configuration file ${file} does not exist`);
  }
  const root = file === undefined ? cwd : dirname(file);
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError('config.no_folder', `the folder ${root} does not exist`, {
      nextActions: ['name another with --cwd'],
    });
  }
  const loaded = await readConfigFile(root, file === undefined ? CONFIG_NAME : basename(file));
  return { config: validate(loaded.config, loaded.file), root, file: loaded.file };
}

async function readConfigFile(
  root: string,
  configFile: string,
): Promise<{ config: unknown; file: string | undefined }> {
  try {
    const { config, _configFile } = await loadConfigFile({
      cwd: root,
      configFile,
      rcFile: false,
      globalRc: false,
      packageJson: false,
      extend: false,
      dotenv: true,
    });
    return { config, file: _configFile };
  } catch (error) {
    const why = messageOf(error).replaceAll(/\s+/g, ' ').trim();
    throw new UsageError('config.unreadable', `${pathOf(root, configFile)} cannot be loaded: ${why}`, { cause: error });
  }
}

/** The file itself: what was looked for without its ending was found with one. */
function pathOf(root: string, configFile: string): string {
  const found = readdirSync(root).find((name) => name.startsWith(`${CONFIG_NAME}.`));
  return join(root, (configFile === CONFIG_NAME ? found : undefined) ?? configFile);
}

function validate(config: unknown, file = CONFIG_NAME): GrpcStreamConfig {
  const parsed = configSchema.safeParse(config ?? {});
  if (parsed.success) return parsed.data as GrpcStreamConfig;
  const problems = parsed.error.issues.map((issue) => {
    const key = issue.path.join('.');
    if (issue.code === 'unrecognized_keys')
      return `${[key, issue.keys.join(', ')].filter(Boolean).join('.')} is not a setting`;
    return `${key} is ${showValue(valueAt(config, issue.path))}; it must be ${issue.message}`;
  });
  throw new UsageError('config.invalid', `${file}: ${problems.join('\n      ')}`);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner instanceof Object ? Reflect.get(inner, key) : undefined), value);
}
