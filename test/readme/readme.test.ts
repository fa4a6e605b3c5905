import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { cli, linkedProject, runNode } from '../support/linked-project.js';
import { packageRoot } from '../support/temporary-folder.js';

const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');

/** What the README tells a newcomer to type is typed here, as far as it can be without a registry. */
describe('the README', () => {
  it('starts a new project with commands that work, and a client that reads from it', async () => {
    expect(commandsIn('A project in five commands')[0]).toMatch(
      /^npx grpc-stream init \S+ --yes --provider sqlite && cd /,
    );
    // What that command does, with links where it would install.
    const project = await linkedProject('sqlite');
    const [, generate, seed, serve, bench] = commandsIn('A project in five commands').map(argumentsOf);
    if (!generate || !seed || !serve || !bench) throw new Error('the README has not five commands');
    await runNode(project, [cli, ...generate]);
    await runNode(project, [cli, ...seed.map((word) => (word === '200000' ? '2000' : word))]);
    await withServer(project, [cli, ...serve.map((word) => (word === '50051' ? '0' : word))], async (address) => {
      const rows = await runNode(project, ['--import', 'tsx', '--input-type=module', '-e', clientScript(address)]);
      expect(rows.trim().split('\n')).toHaveLength(10);
    });
    expect(await runNode(project, [cli, ...bench, '--quick', '--rows', '2000'])).toContain('Rows/s at each chunk size');
    // A bench takes a minute, also where other tests run beside it.
  }, 300_000);

  it('begins with one command that installs and measures', () => {
    const [command = ''] = commandsIn('Try it');
    expect(command).toBe('npm ci && npx grpc-stream bench --quick');
  });

  async function withServer(
    project: string,
    args: readonly string[],
    use: (address: string) => Promise<void>,
  ): Promise<void> {
    const server = spawn(process.execPath, args, { cwd: project, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      for await (const line of createInterface({ input: server.stderr })) {
        const address = /listening on (\S+)/.exec(line)?.[1];
        if (address) return await use(address);
      }
      throw new Error('the server ended before it listened');
    } finally {
      server.kill();
    }
  }
});

function commandsIn(heading: string): string[] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return blocksIn(section, 'sh').flatMap((block) => block.trim().split('\n'));
}

function blocksIn(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  );
}

function argumentsOf(command: string): string[] {
  return command
    .replace(/\s+#.*$/, '')
    .replace(/^npx grpc-stream /, '')
    .split(' ');
}

/** The README's client, against the server that runs here. */
function clientScript(address: string): string {
  const [client = ''] = blocksIn(readme, 'ts');
  return client
    .replace('./grpc/generated/client.js', './src/grpc/generated/client.ts')
    .replace('localhost:50051', address);
}
