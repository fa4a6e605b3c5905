/** Asks a server for its health again and again, in a process of its own: nothing else that happens here delays the answers. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkHealth } from '../../src/server/index.js';

export interface HealthWatch {
  start(): void;
  /** How long each answer took since the start, in milliseconds. */
  stop(): Promise<readonly number[]>;
  close(): void;
}

export async function watchHealth(address: string): Promise<HealthWatch> {
  const child = fork(fileURLToPath(import.meta.url), [address], { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return {
    start: () => void child.send('start'),
    async stop() {
      child.send('stop');
      const [took] = await once(child, 'message');
      return took;
    },
    close: () => void child.kill('SIGKILL'),
  };
}

/** A timeout counts as an answer that took as long. */
const TIMEOUT_MS = 10_000;

async function watch(address: string, parent: ChildProcess | NodeJS.Process): Promise<void> {
  let took: number[] = [];
  let isOn = false;
  parent.on('message', (order) => {
    isOn = order === 'start';
    if (!isOn) parent.send?.(took);
    took = [];
  });
  // The first answer is slow: the modules are compiled.
  await checkHealth({ address });
  parent.send?.('ready');
  for (;;) {
    const start = performance.now();
    if (isOn) await checkHealth({ address, timeoutMs: TIMEOUT_MS }).catch(() => {});
    if (isOn) took.push(performance.now() - start);
    await delay(20);
  }
}

const [address] = process.argv.slice(2);
if (process.send && address !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  await watch(address, process);
}
