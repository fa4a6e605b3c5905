import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/cli/exit.js';
import type { BenchResult } from '../../src/results/index.js';
import { packageRoot } from '../bench/built-demo.js';
import { exampleResult } from '../support/bench-result.js';
import { type TemporaryProject, temporaryProject } from '../support/spawn-cli.js';

let project: TemporaryProject;

const base = exampleResult();

/** The example at a share of its rates. */
function at(share: number): BenchResult {
  const cells = base.cells.map((cell) => ({
    ...cell,
    rowsPerSecond: cell.rowsPerSecond * share,
    samples: cell.samples.map((sample) => ({ ...sample, rowsPerSecond: sample.rowsPerSecond * share })),
  }));
  return { ...base, cells };
}

async function run(results: Readonly<Record<string, unknown>>, ...args: string[]) {
  const files = Object.entries(results).map(([name, result]) => [name, JSON.stringify(result)]);
  project = await temporaryProject(Object.fromEntries(files));
  return project.run('bench', ...args);
}

describe('bench compare', () => {
  it('exits with 10 for a regression beyond noise, and says how large', async () => {
    const files = { 'a.json': base, 'b.json': at(0.9) };
    const { exitCode, stdout, stderr } = await run(files, 'compare', 'a.json', 'b.json', '--fail-on', 'slower:5%');
    expect(stdout).toContain('slower (-10.0 [');
    expect(stderr).toContain('regression');
    expect(exitCode).toBe(10);
  });

  it.each([
    ['nobody minds', ['a.json', 'b.json'], 0],
    ['it is smaller than what is minded', ['a.json', 'b.json', '--fail-on', 'slower:20%'], 0],
    ['it is a gain', ['b.json', 'a.json', '--fail-on', 'slower:5%'], 0],
    ['nothing changed', ['a.json', 'a.json', '--fail-on', 'slower:5%'], 0],
    ['a loss is minded that is too small to rule out', ['a.json', 'a.json', '--fail-on', 'slower:0%'], 12],
    ['what is undecided is to fail', ['a.json', 'a.json', '--fail-on', 'slower:0%,undecided'], 10],
    ['the limit makes no sense', ['a.json', 'b.json', '--fail-on', '5'], 2],
  ])('exits as it should when %s', async (_, args, expected) => {
    const { exitCode } = await run({ 'a.json': base, 'b.json': at(0.9) }, 'compare', ...args);
    expect(exitCode).toBe(expected);
  });

  it('refuses another machine, unless told', async () => {
    const other = { ...base, environment: { ...base.environment, cpu: 'Other' } };
    const files = { 'a.json': base, 'b.json': other };
    const refused = await run(files, 'compare', 'a.json', 'b.json');
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--allow-different-machine') });
    const allowed = await project.run('bench', 'compare', 'a.json', 'b.json', '--allow-different-machine');
    expect(allowed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('processor: Example CPU → Other') });
  });

  it('prints one JSON document with --json', async () => {
    const files = { 'a.json': base, 'b.json': at(0.9) };
    const { stdout, exitCode } = await run(files, 'compare', 'a.json', 'b.json', '--fail-on', 'slower:5%', '--json');
    expect(exitCode).toBe(10);
    expect(JSON.parse(stdout)).toMatchObject({ overall: { verdict: 'slower' }, regressions: [{ verdict: 'slower' }] });
  });

  it('prints Markdown with --markdown, or writes it to a file beside the text', async () => {
    const files = { 'a.json': base, 'b.json': at(0.9) };
    const printed = await run(files, 'compare', 'a.json', 'b.json', '--markdown');
    expect(printed.stdout).toMatch(/^## All settings together: slower .*\n\n[\s\S]*\| all settings \|/);
    const { stdout } = await project.run('bench', 'compare', 'a.json', 'b.json', '--markdown', 'comparison.md');
    expect(stdout).not.toContain('##');
    expect(await readFile(join(project.folder, 'comparison.md'), 'utf8')).toBe(printed.stdout);
    const both = await project.run('bench', 'compare', 'a.json', 'b.json', '--markdown', '--json');
    expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('would both go to stdout') });
  });

  it('fits 80 columns', async () => {
    const { stdout } = await run({ 'a.json': base, 'b.json': at(0.9) }, 'compare', 'a.json', 'b.json');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('bench report', () => {
  it('turns a saved result into every format, each in its file', async () => {
    const flags = ['--markdown', 'r.md', '--csv', 'r.csv', '--html', 'pages/r.html', '--prometheus', 'r.prom'];
    const { exitCode, stdout } = await run({ 'a.json': base }, 'report', 'a.json', ...flags);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Rows/s at each chunk size');
    const files = await project.files();
    expect(files['r.md']).toContain('**Throughput');
    expect(files['r.csv']).toMatch(/^scenario,chunk,/);
    expect(files['pages/r.html']).toMatch(/^<!doctype html>/);
    expect(files['r.prom']).toMatch(/^# HELP grpc_stream_bench_rows_per_second/);
  });

  it('prints the one that names no file, and nothing else', async () => {
    const { stdout } = await run({ 'a.json': base }, 'report', 'a.json', '--prometheus');
    expect(stdout).toMatch(/^# HELP/);
    expect(stdout).not.toContain('Rows/s at each chunk size');
  });

  it('refuses two on stdout', async () => {
    const { exitCode, stderr } = await run({ 'a.json': base }, 'report', 'a.json', '--prometheus', '--csv');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--csv and --prometheus would both go to stdout');
  });

  it('finds the latest result by itself, and says when there is none', async () => {
    const none = await run({}, 'report');
    expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('npx grpc-stream bench') });
    await mkdir(join(project.folder, '.grpc-stream/bench'), { recursive: true });
    await project.write('.grpc-stream/bench/2026-03-01T10-20-30-123Z.json', JSON.stringify(base));
    expect(await project.run('bench', 'report')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Rows/s at each chunk size'),
    });
  });

  it('says where a report cannot be written', async () => {
    const { exitCode, stderr } = await run({ 'a.json': base }, 'report', 'a.json', '--html', 'a.json/r.html');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('cannot be written');
  });
});

describe('bench', () => {
  it.each([
    ['--against . --html r.html', "option '--against <folder>' cannot be used with option '--html <file>'"],
    ['--against . --scenario latency', "cannot be used with option '--scenario <names>'"],
    ['--tls', '--tls means nothing without --target'],
    ['--token secret', '--token means nothing without --target'],
    ['--yes', '--yes means nothing without --apply'],
    ['--fail-on slower:5%', '--fail-on means nothing without --baseline or --against'],
    ['--demo --model Book', "option '--demo' cannot be used with option '--model <name>'"],
    ['--tls-ca ca.pem', '--tls-ca means nothing without --target'],
    ['--scenario throughput --pace 5', '--pace changes nothing for throughput'],
    ['--csv --json', 'would both go to stdout'],
    ['--against . --demo', 'has no build to compare with'],
    ['--against . --demo --rounds 5', 'use --rounds 6 or more'],
    ['--baseline none.json', 'cannot be read'],
    ['--fail-on 5 --baseline a.json', 'it must be like slower:5%'],
  ])('refuses %s before it measures anything', async (flags, message) => {
    const { exitCode, stderr, stdout } = await run({}, ...flags.split(' '));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('refuses the baseline of another machine before it measures anything', async () => {
    const { exitCode, stderr } = await run({ 'a.json': base }, '--demo', '--baseline', 'a.json');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/^.*processor was Example CPU/),
    });
    expect(stderr).toContain('--allow-different-machine');
  });
});

describe('bench --against and --baseline, for real', () => {
  const rounds = (count: number) => ['--rounds', `${count}`];
  const small = ['--rows', '500', '--chunk', '500', '--check-interval', '100', '--batch', '0'];

  it('measures a build and itself in turns, and finds nothing', async () => {
    const { exitCode, stdout, stderr } = await run({}, '--demo', '--against', packageRoot, ...small, ...rounds(6));
    // Six short rounds on a busy machine may well decide nothing, and then say so.
    expect([ExitCode.ok, ExitCode.undecided]).toContain(exitCode);
    expect(stderr).toMatch(
      exitCode === ExitCode.ok ? /✔ no regression of 5% or more/ : /\? not decided: the rates changed by/,
    );
    expect(stdout).toContain('Two builds in turns, 6 rounds');
  });

  it('holds a fresh result against a saved one', async () => {
    const alone = ['--quick', '--scenario', 'throughput', ...small, ...rounds(2)];
    const first = await run({}, '--demo', '--quiet', '--out', 'before.json', ...alone);
    expect(first.exitCode).toBe(0);
    const { exitCode, stdout } = await project.run(
      'bench',
      '--demo',
      '--baseline',
      'before.json',
      '--json',
      '--quiet',
      ...alone,
    );
    // Two rounds can tell nothing, and a verdict would be one too many.
    expect(exitCode).toBe(ExitCode.undecided);
    expect(JSON.parse(stdout)).toMatchObject({
      design: 'separate',
      outcome: 'not-decided',
      overall: { verdict: 'cannot-tell' },
      regressions: [],
    });
  });
});
