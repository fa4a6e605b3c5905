import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeTree } from './write-tree.js';

/** Debian's packages are sources, found where Go looks for them without modules. */
const DEBIAN_PATH = '/usr/share/gocode';
const SOURCES = ['google.golang.org/grpc', 'google.golang.org/protobuf', 'github.com/golang/protobuf/protoc-gen-go'];
const COMMANDS = ['go', 'protoc-gen-go', 'protoc-gen-go-grpc'];

/** Whether programs with gRPC can be compiled here, from what Debian has. */
export function hasGo(): boolean {
  const folders = (process.env.PATH ?? '').split(':');
  return (
    SOURCES.every((path) => existsSync(join(DEBIAN_PATH, 'src', path))) &&
    COMMANDS.every((command) => folders.some((folder) => existsSync(join(folder, command))))
  );
}

/**
 * Compiles a program of Go.
 *
 * @param folder Its sources lie in `src/<name>` of it.
 * @returns The path of the program.
 */
export async function buildGo(folder: string, name: string): Promise<string> {
  const program = join(folder, 'program');
  const overlay = join(folder, 'overlay.json');
  const added = newerNames();
  await writeTree(join(folder, 'newer'), new Map(added.map(({ path, text }) => [path, text])));
  const replaced = added.map(({ path }) => [join(DEBIAN_PATH, 'src', path), join(folder, 'newer', path)]);
  await writeTree(folder, new Map([['overlay.json', JSON.stringify({ Replace: Object.fromEntries(replaced) })]]));
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: `${folder}:${DEBIAN_PATH}`, CGO_ENABLED: '0' };
  await promisify(execFile)('go', ['build', '-overlay', overlay, '-o', program, name], { env });
  return program;
}

/** What today's programs call and Debian's older release of grpc-go has under other names. */
function newerNames(): { readonly path: string; readonly text: string }[] {
  const grpc = 'google.golang.org/grpc';
  if (existsSync(join(DEBIAN_PATH, 'src', grpc, 'credentials/insecure'))) return [];
  return [
    { path: `${grpc}/new_client.go`, text: NEW_CLIENT },
    { path: `${grpc}/credentials/insecure/insecure.go`, text: INSECURE },
  ];
}

const NEW_CLIENT = `package grpc

func NewClient(target string, options ...DialOption) (*ClientConn, error) {
	return Dial(target, options...)
}
`;

const INSECURE = `package insecure

import (
	"context"
	"net"

	"google.golang.org/grpc/credentials"
)

type plain struct{}

func (plain) AuthType() string { return "insecure" }

func (plain) ClientHandshake(_ context.Context, _ string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return conn, plain{}, nil
}

func (plain) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) { return conn, plain{}, nil }

func (plain) Info() credentials.ProtocolInfo { return credentials.ProtocolInfo{SecurityProtocol: "insecure"} }

func (plain) Clone() credentials.TransportCredentials { return plain{} }

func (plain) OverrideServerName(string) error { return nil }

func NewCredentials() credentials.TransportCredentials { return plain{} }
`;
