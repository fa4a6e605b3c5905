import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject } from '../support/served-project.js';

/** Models whose names in the API do not follow from the schema: asked for, or numbered because another has the name. */
const MODELS = `
/// @grpc.name(Volume)
model Tome {
  id    Int       @id @default(autoincrement())
  /// @grpc.name(full_title)
  title String
  /// @grpc.name(condition)
  state TomeState
  price Decimal
}

/// @grpc.name(Condition)
enum TomeState {
  /// @grpc.name(AS_NEW)
  fresh
  worn
}

model PrintRun {
  id Int @id @default(autoincrement())
}

model Print_run {
  id          Int     @id @default(autoincrement())
  copies_sold Int
  copiesSold  String
}
`;

const resultShape = z.object({
  table: z.object({ model: z.string(), rows: z.number(), verified: z.literal('independent') }),
  cells: z.array(z.object({ mode: z.string(), rows: z.number() })),
  scenarios: z.array(z.object({ name: z.string(), cells: z.array(z.object({ rows: z.number() })) })),
});

/** A bench is waited for, and a busy machine takes its time. */
const PATIENCE_MS = 240_000;

let project: Awaited<ReturnType<typeof generatedProject>>;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  project = await generatedProject('sqlite', { schema: (schema) => schema + MODELS });
  env = { DATABASE_URL: `file:${join(project.folder, 'named.db')}` };
}, PATIENCE_MS);

afterAll(() => project.remove());

it.each(['Tome', 'Print_run'])(
  'reads %s, which has another name in the API, and checks every row',
  async (model) => {
    await runNode(project.folder, [cli, 'seed', '--model', model, '--rows', '300', '--quiet'], env);
    const small = ['--quick', '--rounds', '1', '--chunk', '100', '--check-interval', '100', '--batch', '50'];
    const flags = ['--model', model, '--scenario', 'throughput,plain', ...small, '--json', '--quiet'];
    const { table, cells, scenarios } = resultShape.parse(
      JSON.parse(await runNode(project.folder, [cli, 'bench', ...flags], env)),
    );
    expect(table).toMatchObject({ model, rows: 300 });
    expect(cells.map(({ mode, rows }) => [mode, rows])).toEqual([
      ['rows', 300],
      ['batches', 300],
    ]);
    expect(scenarios).toMatchObject([{ name: 'plain', cells: [{ rows: 300 }, { rows: 300 }] }]);
  },
  PATIENCE_MS,
);
