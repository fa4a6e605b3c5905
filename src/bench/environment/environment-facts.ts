import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How Linux clocks the first core, such as `performance` or `powersave`; null where it does not say. */
export async function readGovernor(): Promise<string | null> {
  return (await readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')) ?? null;
}

const POWER_SUPPLIES = '/sys/class/power_supply';

/** Whether a battery is being emptied, which makes most machines slow themselves down; false where it cannot be seen. */
export async function runsOnBattery(): Promise<boolean> {
  const supplies = await readdir(POWER_SUPPLIES).catch(() => []);
  const states = await Promise.all(supplies.map((name) => readText(join(POWER_SUPPLIES, name, 'status'))));
  return states.includes('Discharging');
}

/** The commit of the repository around a folder, with a `+` when files had changed; null outside a repository. */
export async function readCommit(folder: string): Promise<string | null> {
  const commit = await git(folder, 'rev-parse', '--short=12', 'HEAD');
  if (!commit) return null;
  const changed = await git(folder, 'status', '--porcelain', '--untracked-files=no');
  return changed ? `${commit}+` : commit;
}

/** A repository so large that git needs longer is not worth waiting for. */
const GIT_TIMEOUT_MS = 3000;

async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', folder, ...args], { timeout: GIT_TIMEOUT_MS });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** What the system does not tell is not known, and that is no failure. */
async function readText(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text?.trim();
}
