import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Installing and compiling a native package on a busy machine takes minutes. */
const TIMEOUT_MS = 8 * 60_000;

interface Place {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a command as a shell does, and returns what it printed on stdout; throws with all that it printed when it fails. */
export async function runCommand(command: readonly string[], place: Place): Promise<string> {
  const { child, output, stdout } = start(command, place);
  const timer = setTimeout(() => end(child, 'SIGKILL'), TIMEOUT_MS);
  try {
    const [code, signal] = await once(child, 'close');
    if (code === 0) return stdout();
    throw new Error(`${command.join(' ')} ended with ${code ?? signal}:\n${output()}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Does something while a command runs, and ends the command; throws with what it printed if it ended by itself. */
export async function whileRunning(command: readonly string[], place: Place, work: () => Promise<void>): Promise<void> {
  const { child, output } = start(command, place);
  const closed = once(child, 'close');
  const failed = closed.then(([code]) => {
    throw new Error(`${command.join(' ')} ended with ${code}:\n${output()}`);
  });
  try {
    await Promise.race([work(), failed]);
  } finally {
    failed.catch(() => undefined);
    end(child, 'SIGTERM');
    await closed;
  }
}

/** Waits until something listens at a port of this machine. */
export async function listeningAt(port: number): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await answers(port))) {
    if (Date.now() > deadline) throw new Error(`nothing listens at ${port}`);
    await delay(100);
  }
}

/** Whether something listens at a port of this machine. */
export async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function start([file = '', ...args]: readonly string[], { folder, env }: Place) {
  // A group of its own: package managers start what they run as processes of their own.
  const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let [all, stdout] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    all += text;
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  return { child, output: () => all.trim(), stdout: () => stdout };
}

function end({ pid, exitCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
