import { join } from 'node:path';
import { type BenchTarget, demoTarget, projectTarget } from '../../src/bench/index.js';
import { defaultStreamingSettings } from '../../src/config/index.js';
import { loadStreamedSchema } from '../../src/project/streamed-schema.js';
import type { ScaffoldProvider } from '../../src/scaffold/index.js';
import { modelNamed } from '../../src/seed/index.js';
import { storyDatabases } from '../support/databases.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject } from '../support/served-project.js';
import { packageRoot } from '../support/temporary-folder.js';

/** A project that `init` made, on a database of its own with a filled table of books. */
export interface LibraryProject {
  readonly target: BenchTarget;
  /** For `DATABASE_URL`, which the caller sets before anything reads the target. */
  readonly url: string;
  /** Ends the database and removes the project. */
  end(): Promise<void>;
}

interface TableSize {
  readonly rows: number;
  readonly rowBytes: number;
}

/** For SQLite the demo, whose table each executor makes; otherwise a project, whose database is set as this process's `DATABASE_URL`. */
export async function openBooks(
  database: ScaffoldProvider,
  size: TableSize,
): Promise<Pick<LibraryProject, 'target' | 'end'>> {
  if (database === 'sqlite') return { target: demoTarget(packageRoot), end: async () => {} };
  const project = await openLibrary(database, size);
  process.env.DATABASE_URL = project.url;
  return project;
}

export async function openLibrary(provider: ScaffoldProvider, { rows, rowBytes }: TableSize): Promise<LibraryProject> {
  const kind = storyDatabases.find((database) => database.provider === provider);
  if (!kind || kind.missing) throw new Error(kind?.missing ?? `no ${provider} can be started here`);
  const project = await generatedProject(provider);
  const database = await kind.start(project.folder);
  const end = async () => {
    await database.stop();
    await project.remove();
  };
  try {
    await database.createTables(project.folder);
    const seed = ['seed', '--model', 'Book', '--rows', `${rows}`, '--row-bytes', `${rowBytes}`, '--quiet'];
    await runNode(project.folder, [cli, ...seed], { DATABASE_URL: database.url });
    return { target: await targetOf(project.folder), url: database.url, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function targetOf(folder: string): Promise<BenchTarget> {
  const paths = { schemaPath: join(folder, 'prisma/schema.prisma'), protoDir: join(folder, 'proto') };
  return projectTarget({
    ...paths,
    model: modelNamed('Book', await loadStreamedSchema(paths)),
    root: folder,
    outputDir: join(folder, 'src/grpc'),
    packageName: 'library',
    streaming: defaultStreamingSettings,
  });
}
