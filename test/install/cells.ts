import type { ScaffoldProvider } from '../../src/scaffold/index.js';

/** How a project's packages are installed. */
export type Manager = 'npm' | 'pnpm' | 'yarn';

/** One project, and how it is installed. */
export interface Cell {
  readonly name: string;
  readonly manager: Manager;
  readonly node: '20' | '22' | '24';
  readonly provider: ScaffoldProvider;
  /** The project that is there before `init`, a folder of `fixtures/`; a new one without it. */
  readonly fixture?: string;
  /** The application's folder in a workspace. */
  readonly app?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Its tables are made by its own migrations. */
  readonly migration?: string;
  /** Part of every run of the tests. */
  readonly short?: true;
}

/** Who uses Prisma with pnpm has decided on its scripts: pnpm refuses to install before. */
const PRISMA_BUILDS = "allowBuilds: { '@prisma/engines': false, prisma: false }\n";

export const cells: readonly Cell[] = [
  { name: 'new, SQLite', manager: 'npm', node: '20', provider: 'sqlite' },
  { name: 'new, PostgreSQL', manager: 'npm', node: '22', provider: 'postgresql' },
  { name: 'new, MySQL', manager: 'npm', node: '24', provider: 'mysql' },
  { name: 'new, PostgreSQL', manager: 'pnpm', node: '22', provider: 'postgresql', short: true },
  { name: 'new, SQLite', manager: 'pnpm', node: '20', provider: 'sqlite' },
  { name: 'new, PostgreSQL', manager: 'yarn', node: '24', provider: 'postgresql' },
  { name: 'ESM, schema folder, types checked', manager: 'npm', node: '22', provider: 'postgresql', fixture: 'esm' },
  { name: 'Express, CommonJS', manager: 'npm', node: '20', provider: 'postgresql', fixture: 'express' },
  {
    name: 'Express, CommonJS',
    manager: 'pnpm',
    node: '20',
    provider: 'postgresql',
    fixture: 'express',
    files: { 'pnpm-workspace.yaml': PRISMA_BUILDS },
    short: true,
  },
  { name: 'Express, CommonJS', manager: 'yarn', node: '24', provider: 'postgresql', fixture: 'express' },
  {
    name: 'Nest, migrations',
    manager: 'npm',
    node: '22',
    provider: 'postgresql',
    fixture: 'nest',
    migration: 'prisma/migrations/20240101000000_init/migration.sql',
  },
  { name: 'workspace', manager: 'npm', node: '24', provider: 'postgresql', fixture: 'workspace', app: 'apps/api' },
  {
    name: 'workspace',
    manager: 'pnpm',
    node: '22',
    provider: 'postgresql',
    fixture: 'workspace',
    app: 'apps/api',
    files: { 'pnpm-workspace.yaml': `packages: ['apps/*', 'packages/*']\n${PRISMA_BUILDS}` },
  },
  { name: 'prisma-client-js, node16', manager: 'npm', node: '22', provider: 'postgresql', fixture: 'client-js' },
];
