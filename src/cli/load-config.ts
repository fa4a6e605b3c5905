import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
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
    throw new UsageError('config.unreadable', `${resolve(root, configFile)} cannot be loaded: ${messageOf(error)}`, {
      cause: error,
    });
  }
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
  throw new UsageError('config.invalid', `${file}: ${problems.join('; ')}`);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner instanceof Object ? Reflect.get(inner, key) : undefined), value);
}
