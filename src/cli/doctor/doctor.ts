import { styleText } from 'node:util';
import { Command } from 'commander';
import { type CliContext, type CliRuntime, counted, runAction } from '../context.js';
import { ExitCode } from '../exit.js';
import type { Finding } from './finding.js';

export function doctorCommand(runtime: CliRuntime): Command {
  const command = new Command('doctor').description(
    'check versions, schema, settings, database, stale files and the latest measurements',
  );
  return command.action(() => runAction(command, runtime, runDoctor));
}

async function runDoctor(context: CliContext): Promise<number> {
  const findings = await examine(context);
  if (context.json) context.print(JSON.stringify({ findings }, null, 2));
  else for (const finding of findings) context.print(line(finding));
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  context.note(`${counted(problems, 'problem')}, ${counted(warnings, 'warning')}`);
  return problems > 0 ? ExitCode.environment : ExitCode.ok;
}

async function examine(context: CliContext): Promise<Finding[]> {
  const [
    { loadProject },
    { checkEnvironment, checkGenerated, checkSchema, checkSettings },
    { checkDatabase },
    { checkGrpc },
    { checkBench },
  ] = await Promise.all([
    import('../../project/load-project.js'),
    import('./check-project.js'),
    import('./check-database.js'),
    import('./check-reading.js'),
    import('./check-bench.js'),
  ]);
  const project = await loadProject(context);
  const { schema, findings } = await checkGenerated(context);
  return [
    ...checkEnvironment(project.root, schema?.provider),
    ...(await checkGrpc()),
    ...checkSettings(project),
    ...(schema ? checkSchema(schema) : []),
    ...findings,
    ...(schema ? await checkDatabase(project, schema) : []),
    ...(await checkBench(context.cwd, project)),
  ];
}

const MARKS = { ok: ['green', '✔'], warning: ['yellow', '!'], problem: ['red', '✖'] } as const;

function line({ subject, level, message, action }: Finding): string {
  const [color, mark] = MARKS[level];
  const head = `${styleText(color, mark, { stream: process.stdout })} ${subject}: ${message}`;
  return action === undefined ? head : `${head}\n    → ${action}`;
}
