import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

/** The system's own may stand behind another in the path. */
const PYTHONS = ['python3', '/usr/bin/python3'];

/** A Python with gRPC, where there is also a `protoc` to make its code with; undefined where there is none. */
export async function findPython(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    if ((await works(python, ['-c', 'import grpc, google.protobuf'])) && (await works('protoc', ['--version'])))
      return python;
  }
  return undefined;
}

async function works(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await promisify(execFile)(command, args);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program with a value as JSON, and returns the value that it printed. */
export async function askPython(python: string, script: string, question: object): Promise<unknown> {
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(question));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [answer, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${complaint}`);
  return JSON.parse(answer);
}
