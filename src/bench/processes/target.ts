import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultStreamingSettings, type StreamingSettings } from '../../config/index.js';
import { UsageError } from '../../errors/index.js';
import { snakeCase } from '../../model/index.js';
import type { GeneratedModules } from './protocol.js';

/** What is benched: generated code, and the database that it reads. */
export interface BenchTarget {
  /** A demo's table is made in a scratch folder and filled; a project's is only read. */
  readonly source: 'demo' | 'project';
  readonly model: string;
  readonly schemaPath: string;
  readonly modules: GeneratedModules;
  /** Settings that the sweep leaves alone. */
  readonly streaming: StreamingSettings;
  /** Where the processes run, so that relative paths in the project's own code mean what they mean there. */
  readonly cwd: string;
  /** Node flags, such as the loader that reads a project's TypeScript. */
  readonly execArgv: readonly string[];
}

/**
 * The built-in demo, compiled with this package, so that a bench needs no project and generates nothing.
 *
 * @param packageRoot The folder of this package's `package.json`.
 */
export function demoTarget(packageRoot: string): BenchTarget {
  const module = (path: string) => pathToFileURL(join(packageRoot, 'dist', 'demo', path)).href;
  return {
    source: 'demo',
    model: 'Book',
    schemaPath: join(packageRoot, 'prisma', 'schema.prisma'),
    modules: {
      services: module('generated/services.js'),
      database: module('database.js'),
      messages: module('generated/library/v1/book.js'),
    },
    streaming: defaultStreamingSettings,
    cwd: packageRoot,
    execArgv: [],
  };
}

/** What another process needs of a target. */
export function wireTarget({ modules, schemaPath, model, streaming }: BenchTarget) {
  return { modules, schemaPath, model, streaming };
}

/** Where a project's generated code is; paths are absolute. */
export interface ProjectTargetOptions {
  readonly model: string;
  readonly root: string;
  readonly schemaPath: string;
  readonly outputDir: string;
  /** Proto package without its version. */
  readonly packageName: string;
  readonly streaming: StreamingSettings;
}

/**
 * A project's own model and database (`DATABASE_URL`), which are only read; its TypeScript runs as it is.
 *
 * @throws UsageError when its services were not generated.
 */
export function projectTarget(options: ProjectTargetOptions): BenchTarget {
  const { model, root, schemaPath, outputDir, packageName, streaming } = options;
  if (!existsSync(join(outputDir, 'generated', 'services.ts'))) throw notGenerated(options);
  const module = (...path: string[]) => pathToFileURL(join(outputDir, ...path)).href;
  return {
    source: 'project',
    model,
    schemaPath,
    modules: {
      services: module('generated', 'services.ts'),
      database: module('database.ts'),
      messages: module('generated', ...packageName.split('.'), 'v1', `${snakeCase(model)}.ts`),
    },
    streaming,
    cwd: root,
    execArgv: ['--import', import.meta.resolve('tsx')],
  };
}

function notGenerated({ model, outputDir }: ProjectTargetOptions): UsageError {
  return new UsageError('bench.no_project', `there are no generated services in ${outputDir} to read ${model} by`, {
    nextActions: ['run `npx grpc-stream generate` in your project, or bench the demo without a model'],
  });
}
