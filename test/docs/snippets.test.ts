import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/run-cli.js';
import { cli, linkedProject, runNode, tsc } from '../support/linked-project.js';
import { packageRoot } from '../support/temporary-folder.js';
import { documentationPages, type Snippet, snippetsOf } from './pages.js';

const snippets = documentationPages().flatMap(snippetsOf);
const inLanguage = (...languages: readonly string[]) => snippets.filter(({ language }) => languages.includes(language));
/** Its code is one project, which a test of its own compiles and runs. */
const ownProject = (page: string) => page === 'docs/own-rpc.md';

describe('code in the documentation', () => {
  it('compiles in a project whose schema has the models of the pages, and the proto is what the schema makes', async () => {
    const project = await linkedProject('sqlite');
    await appendFile(
      join(project, 'prisma/schema.prisma'),
      [EVENT, ...inLanguage('prisma').map(({ code }) => code)].join('\n'),
    );
    await runNode(project, [cli, 'generate', '--quiet']);
    // It serves the models of the template alone.
    await rm(join(project, 'test/books.test.ts'));
    for (const [index, snippet] of inLanguage('ts', 'js').entries()) {
      if (ownProject(snippet.page)) continue;
      const file = join(project, snippet.options.file ?? `src/page-${index}.ts`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, moduleOf(snippet));
    }
    await runNode(project, [tsc, '--noEmit', '-p', '.']);

    const protoFolder = join(project, 'proto/library/v1');
    const protos = readdirSync(protoFolder).map((name) => readFileSync(join(protoFolder, name), 'utf8'));
    for (const { page, code } of inLanguage('proto'))
      if (!ownProject(page)) expect(protos.join('\n'), page).toContain(code.trim());
  });

  it.each(commandLines())('is a command that is there, with flags that it has: $line', async ({
    words: [program = '', ...args],
  }) => {
    if (PRODUCTION.includes([program, ...args].join(' '))) return;
    if (program === 'npm') return expect(scripts()).toContain(scriptOf(args));
    if (program !== 'npx' || args[0] !== 'grpc-stream') return expect(FOREIGN).toContain(program);
    await parse(args.slice(1));
  });
});

/** The image of a new project is made with the commands that the pages name: the tests of the installation run them. */
const PRODUCTION =
  /^RUN (npm pkg .*)$/m.exec(readFileSync(join(packageRoot, 'templates/base/Dockerfile'), 'utf8'))?.[1] ?? '';

/** Commands that are not of this package: other tests run those of other languages. */
const FOREIGN = ['cd', 'docker', 'go', 'grpcurl', 'kubectl', 'node', 'npx', 'pip', 'python3', 'seq'];

/** Streamed by the examples of a table that grows. */
const EVENT = 'model Event {\n  id Int @id @default(autoincrement())\n  text String\n}\n';

/** What a snippet takes for granted, by the word in its fence. */
const AROUND: Readonly<Record<string, (imports: string, body: string) => string>> = {
  clients: (imports, body) => `${imports}
import { createClients } from './grpc/generated/client.js';
const clients = createClients('localhost:50051');
declare function handle(row: object): Promise<void>;
${body}`,
  handler: (imports, body) => `${imports}
import type { ServerWritableStream } from '@grpc/grpc-js';
import { createPrisma } from './grpc/database.js';
const prisma = createPrisma();
export async function handler(call: ServerWritableStream<object, object>): Promise<void> {
${body}
}`,
};

function moduleOf({ code, options }: Snippet): string {
  const [, imports = '', body = ''] = /^((?:import .*\n)*)([\s\S]*)$/.exec(code) ?? [];
  const around = options.with === undefined ? undefined : AROUND[options.with];
  return around ? around(imports, body) : `${code}\nexport {};\n`;
}

interface CommandLine {
  readonly line: string;
  readonly words: readonly string[];
}

/** Every command of the pages' shell snippets; variables before it and redirections after it are the shell's. */
function commandLines(): CommandLine[] {
  const lines = inLanguage('sh').flatMap(({ code }) => code.replaceAll('\\\n', '').trim().split('\n'));
  const commands = lines.flatMap((line) => line.replace(/\s+#.*$/, '').split(/ && |; /));
  return [...new Set(commands)]
    .map((line) => ({ line, words: wordsOf(line.replace(/^(?:[A-Z_]+=(?:"[^"]*"|\S+) )+/, '').replace(/ >.*$/, '')) }))
    .filter(({ words }) => words.length > 0);
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

/** Parses a command line as the command itself does, without running it. */
async function parse([name = '', ...args]: readonly string[]): Promise<void> {
  const commands = COMMANDS.map((create) => create({ signal: new AbortController().signal, exit: () => {} }));
  const command = commands.find((one) => one.name() === name);
  if (!command) throw new Error(`there is no command ${name}`);
  await quiet(command).parseAsync(args, { from: 'user' });
}

function quiet(command: Command): Command {
  for (const subcommand of command.commands) quiet(subcommand);
  return command.exitOverride().action(() => {});
}

/** Scripts of this package, of the projects that `init` makes, and npm's own. */
function scripts(): string[] {
  const manifests = ['package.json', 'templates/base/package.json'].map((path): { scripts: object } =>
    JSON.parse(readFileSync(join(packageRoot, path), 'utf8')),
  );
  return ['ci', 'install', ...manifests.flatMap((manifest) => Object.keys(manifest.scripts))];
}

function scriptOf([first = '', second = '']: readonly string[]): string {
  return first === 'run' ? second : first;
}
