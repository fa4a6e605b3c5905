import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const AFTER_MS = 10 * 60_000;

/**
 * Names a test file that runs for longer than ten minutes, every minute. A test that blocks its process passes every
 * timeout by, and Vitest would say nothing about it until somebody stops it.
 */
export function stillRunning(): Reporter {
  const started = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  return {
    onTestRunStart: () => {
      timer = setInterval(() => tellOf(started), 60_000).unref();
    },
    onTestModuleStart: (file: TestModule) => void started.set(file.moduleId, Date.now()),
    onTestModuleEnd: (file: TestModule) => void started.delete(file.moduleId),
    onTestRunEnd: () => clearInterval(timer),
  };
}

function tellOf(started: ReadonlyMap<string, number>): void {
  for (const [path, since] of started) {
    const runningMs = Date.now() - since;
    if (runningMs < AFTER_MS) continue;
    process.stderr.write(`${relative('', path)} has been running for ${Math.round(runningMs / 60_000)} minutes\n`);
  }
}
