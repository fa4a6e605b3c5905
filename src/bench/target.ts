import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GeneratedModules } from './protocol.js';

/** What is benched: generated code, and the database that it reads. */
export interface BenchTarget {
  /** A demo's table is made in a scratch folder and filled; a project's is only read. */
  readonly source: 'demo' | 'project';
  readonly model: string;
  readonly schemaFile: string;
  readonly modules: GeneratedModules;
  /** Where the processes run, so that relative paths in the project's own code mean what they mean there. */
  readonly cwd: string;
  /** Node flags, such as the loader that reads a project's TypeScript. */
  readonly execArgv: readonly string[];
}

/** The model of the demo's schema. */
const DEMO_MODEL = 'Book';

/**
 * The built-in demo, compiled with this package, so that a bench needs no project and generates nothing.
 *
 * @param packageRoot The folder of this package's `package.json`.
 */
export function demoTarget(packageRoot: string): BenchTarget {
  const module = (path: string) => pathToFileURL(join(packageRoot, 'dist', 'demo', path)).href;
  return {
    source: 'demo',
    model: DEMO_MODEL,
    schemaFile: join(packageRoot, 'prisma', 'schema.prisma'),
    modules: {
      services: module('generated/services.js'),
      database: module('database.js'),
      messages: module('generated/library/v1/book.js'),
    },
    cwd: packageRoot,
    execArgv: [],
  };
}
