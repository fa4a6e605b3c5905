import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Debian's packages are sources, found where Go looks for them without modules. */
const GO_PATH = '/usr/share/gocode';
const PACKAGES = {
  'google.golang.org/grpc': 'golang-google-grpc-dev',
  'github.com/jackc/pgx/v4': 'golang-github-jackc-pgx-v4-dev',
  'github.com/mattn/go-sqlite3': 'golang-github-mattn-go-sqlite3-dev',
} as const;

/** What to install for the server in Go; undefined where it is there. */
export function missingGo(): string | undefined {
  const packages = Object.entries(PACKAGES)
    .filter(([path]) => !existsSync(join(GO_PATH, 'src', path)))
    .map(([, name]) => name);
  const missing = hasGo() ? packages : ['golang-go', ...packages];
  return missing.length > 0 ? `On Debian, \`apt install ${missing.join(' ')}\` brings what it needs.` : undefined;
}

function hasGo(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Compiles the server in Go. @returns Its file. */
export async function buildGoServer(): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'grpc-stream-go-')), 'server');
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_PATH, CGO_ENABLED: '1' };
  await promisify(execFile)('go', ['build', '-o', file, join(import.meta.dirname, 'go/server.go')], { env });
  return file;
}
