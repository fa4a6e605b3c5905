import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import type { CliContext } from '../context.js';
import { runGenerate } from '../generate/run-generate.js';

/** Editors and version control write several files: changes within this time are one. */
const ONE_CHANGE_MS = 100;

/** A stream that runs does not hold up the next server: its client continues there. */
const GRACE_MS = 1000;

/**
 * Generates, and runs the server in a process of its own, which begins anew after each change of the schema or of the project's code, until Ctrl-C.
 * A server that ends by itself, such as because of a mistake in the code, begins anew after the next change.
 */
export async function watchServer(context: CliContext): Promise<void> {
  const server = restartableServer(context);
  let sources: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  const onSource = () => {
    clearTimeout(timer);
    timer = setTimeout(server.restart, ONE_CHANGE_MS);
  };
  const onGenerated = () => {
    server.restart();
    // Only now, since the first generation writes sources as well.
    sources ??= watch(context.cwd, { ignoreInitial: true, ignored: isNoSource }).on('all', onSource);
  };
  try {
    await runGenerate(context, { watch: true, client: true }, onGenerated);
  } finally {
    clearTimeout(timer);
    await sources?.close();
    await server.stop();
  }
}

/** Folders whose files are generated, installed or built: the generation says when it has written its own. */
const OTHER_FOLDERS = new Set(['node_modules', 'dist', 'generated', 'proto', 'test', '.git', '.grpc-stream']);

function isNoSource(path: string, stats?: { isFile(): boolean }): boolean {
  if (OTHER_FOLDERS.has(basename(path))) return true;
  return stats?.isFile() === true && !/\.[cm]?[jt]s$|^\.env$/.test(basename(path));
}

interface RestartableServer {
  readonly restart: () => void;
  stop(): Promise<void>;
}

function restartableServer({ note, signal }: CliContext): RestartableServer {
  let child: ChildProcess | undefined;
  let running = Promise.resolve();
  let waiting = false;

  function start(): void {
    const started = spawn(process.execPath, [...process.execArgv, ...argumentsOfServe()], { stdio: 'inherit' });
    child = started;
    started.on('exit', (code) => {
      if (child !== started) return;
      child = undefined;
      if (!signal.aborted) note(`the server ended with exit code ${code}; waiting for a change`);
    });
  }

  async function end(): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill('SIGTERM');
    // The second one ends it at once.
    const impatient = setTimeout(() => ending.kill('SIGTERM'), GRACE_MS);
    await exited;
    clearTimeout(impatient);
  }

  return {
    restart() {
      if (waiting || signal.aborted) return;
      waiting = true;
      running = running.then(end).then(() => {
        waiting = false;
        if (!signal.aborted) start();
      });
    },
    stop: () => running.then(end),
  };
}

/** This command's own, without `--watch`. */
function argumentsOfServe(): string[] {
  return process.argv.slice(1).filter((argument) => argument !== '--watch');
}
