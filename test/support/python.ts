import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
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

/** The plugin of Debian's `protobuf-compiler-grpc`, which `grpc_tools` has built in. */
const GRPC_PLUGIN = '/usr/bin/grpc_python_plugin';

/** Whether the code of clients can be made here. */
export function makesPythonClients(): boolean {
  return existsSync(GRPC_PLUGIN);
}

/** Makes the code of a client, as `python3 -m grpc_tools.protoc` does. */
export async function makePythonClient(protoFolder: string, files: readonly string[], out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const plugin = `--plugin=protoc-gen-grpc_python=${GRPC_PLUGIN}`;
  const flags = ['-I', protoFolder, `--python_out=${out}`, `--grpc_python_out=${out}`, plugin];
  await promisify(execFile)('protoc', [...flags, ...files]);
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
