import { Command } from 'commander';
import type { SeededTable, SeedOptions, SeedProgress } from '../seed/index.js';
import { type CliContext, type CliRuntime, grouped, runAction } from './context.js';
import { wholeNumberOption } from './flags.js';

interface SeedFlags {
  readonly model?: readonly string[];
  readonly rows: number;
  readonly rowBytes: number;
  readonly seed: number;
  readonly append?: boolean;
}

export function seedCommand(runtime: CliRuntime): Command {
  const command = new Command('seed')
    .description('fill tables with rows: readable, of a chosen size, and the same for the same seed')
    .option('--model <name...>', 'models that get the rows (default: those that no other model points to)')
    .addOption(
      wholeNumberOption('--rows <count>', 'rows for each of these models', {
        min: 1,
        max: 1_000_000_000,
        default: 10_000,
      }),
    )
    .addOption(
      wholeNumberOption('--row-bytes <bytes>', 'average bytes of data in a row; free text is filled up to reach it', {
        min: 1,
        max: 10_000_000,
        default: 150,
      }),
    )
    .addOption(
      wholeNumberOption('--seed <number>', 'another number makes other rows', { min: 0, max: 2 ** 32 - 1, default: 1 }),
    )
    .option('--append', 'add to tables that have rows already')
    .addHelpText(
      'after',
      `
Missing tables are created first. The tables that a model points to get a hundredth of its rows before it, unless they
have rows already.`,
    );
  return command.action((flags: SeedFlags) => runAction(command, runtime, (context) => runSeed(context, flags)));
}

async function runSeed(context: CliContext, { model: named, append = false, ...amounts }: SeedFlags): Promise<void> {
  const [{ loadProject }, { openProjectDatabase }, { parseSchema, readSchemaFiles }, database] = await Promise.all([
    import('../project/load-project.js'),
    import('../project/project-database.js'),
    import('../schema/index.js'),
    import('../seed/index.js'),
  ]);
  const project = await loadProject(context);
  const schemaFiles = await readSchemaFiles(project.schemaPath);
  const schema = parseSchema(schemaFiles);
  const models = database.modelsToSeed(schema, named);
  const { adapter, prisma } = await openProjectDatabase(project);
  try {
    const created = await database.createTables({ adapter, schemaFiles });
    if (created.length > 0) context.note(`✔ created the tables ${created.join(', ')}`);
    await database.assertCanSeed({ adapter, schema, append }, models);
    const tables: SeededTable[] = [];
    for (const model of models) {
      tables.push(
        ...(await withProgress(context, model, (hooks) =>
          database.seedModel({ adapter, schema, model, append, ...amounts, ...hooks }),
        )),
      );
    }
    report(context, tables, models, amounts.rowBytes);
  } finally {
    await prisma.$disconnect();
  }
}

type Hooks = Required<Pick<SeedOptions, 'onProgress' | 'signal'>>;

/** Shows the rate and the time left while rows are written, then prints a line for every table that was filled. */
async function withProgress(
  context: CliContext,
  model: string,
  work: (hooks: Hooks) => Promise<readonly SeededTable[]>,
): Promise<readonly SeededTable[]> {
  const spinner = (await context.spinner(`seeding ${model}`)).start();
  const describe = progressLine();
  let last: SeedProgress | undefined;
  const onProgress = (progress: SeedProgress) => {
    last = progress;
    spinner.text = describe(progress);
  };
  try {
    return await work({ onProgress, signal: context.signal });
  } catch (error) {
    if (context.signal.aborted && last) spinner.stopAndPersist({ symbol: '■', text: `interrupted: ${written(last)}` });
    throw error;
  } finally {
    spinner.stop();
  }
}

/** `Book 45,000 of 200,000 rows · 84,000 rows/s · 2 s left` */
function progressLine(): (progress: SeedProgress) => string {
  let current: string | undefined;
  let start = 0;
  let before = 0;
  return (progress) => {
    const { model, rows, total } = progress;
    const now = performance.now();
    if (model !== current) [current, start, before] = [model, now, rows];
    const perMs = (rows - before) / (now - start);
    if (!(perMs > 0)) return written(progress);
    const secondsLeft = Math.ceil((total - rows) / perMs / 1000);
    return `${written(progress)} · ${grouped(perMs * 1000)} rows/s · ${secondsLeft} s left`;
  };
}

function written({ model, rows, total }: SeedProgress): string {
  return `${model} ${grouped(rows)} of ${grouped(total)} rows`;
}

/** If the size of a table's rows differs this much from the requested one, a remark is printed. */
const SIZE_TOLERANCE = 0.15;

function report(
  context: CliContext,
  tables: readonly SeededTable[],
  models: readonly string[],
  rowBytes: number,
): void {
  for (const { model, rows, ms, rowsPerSecond, rowBytes: actual } of tables) {
    context.note(
      `✔ ${model}: ${grouped(rows)} rows of ${grouped(actual)} bytes in ${(ms / 1000).toFixed(1)} s (${grouped(rowsPerSecond)} rows/s)`,
    );
    if (models.includes(model) && Math.abs(actual / rowBytes - 1) > SIZE_TOLERANCE) {
      const reason =
        actual > rowBytes ? 'its other columns need more' : 'it has no column of free text or bytes that takes more';
      context.note(`  ${model} cannot have rows of ${grouped(rowBytes)} bytes: ${reason}`);
    }
  }
  if (context.json) context.print(JSON.stringify({ tables }));
}
