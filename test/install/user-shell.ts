import { delimiter } from 'node:path';
import { BUILDS } from './registry.js';

/**
 * The environment of a user's shell: without what `npm run` has added to this one, and with another registry.
 *
 * @param paths Folders with commands that come before its own.
 */
export function userShell(registry: string, paths: readonly string[] = []): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_ENV$|^INIT_CWD$|^CI$/i.test(name));
  const own = (process.env.PATH ?? '').split(delimiter).filter((path) => !path.includes('node_modules/.bin'));
  return {
    ...Object.fromEntries(inherited),
    PATH: [...paths, ...own].join(delimiter),
    NO_COLOR: '1',
    npm_config_registry: registry,
    pnpm_config_registry: registry,
    npm_config_better_sqlite3_binary_host: new URL(BUILDS, registry).href.replace(/\/$/, ''),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
}
