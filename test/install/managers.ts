import type { Cell, Manager } from './cells.js';

/** The commands of a package manager, as its users type them. */
interface ManagerCommands {
  /** Its package. */
  readonly package: string;
  readonly install: readonly string[];
  /** Runs a package that is not installed. */
  readonly once: readonly string[];
  /** Runs a command of an installed package. */
  readonly exec: readonly string[];
  /** Runs a script of the project's. */
  readonly script: readonly string[];
  /** Takes the development dependencies out of the application's manifest, where `production` needs that. */
  readonly forget?: readonly string[];
  /** Leaves what production needs, in the folder of the workspace. */
  readonly production: readonly string[];
}

/** With their flags for production, npm and yarn keep prisma and typescript, which @prisma/client names as optional peers. */
const FORGET: readonly string[] = ['npm', 'pkg', 'delete', 'devDependencies'];

const COMMANDS: Readonly<Record<Manager, ManagerCommands>> = {
  npm: {
    package: 'npm',
    install: ['npm', 'install'],
    once: ['npx', '--yes'],
    exec: ['npx', '--no'],
    script: ['npm', 'run'],
    forget: FORGET,
    production: ['npm', 'prune'],
  },
  pnpm: {
    package: 'pnpm',
    install: ['pnpm', 'install'],
    once: ['pnpm', 'dlx'],
    exec: ['pnpm', 'exec'],
    script: ['pnpm', 'run'],
    production: ['pnpm', 'install', '--prod'],
  },
  // Its classic, which has no `dlx`.
  yarn: {
    package: 'yarn',
    install: ['yarn', 'install', '--non-interactive'],
    once: ['npx', '--yes'],
    exec: ['yarn', '--silent', 'run'],
    script: ['yarn', '--silent', 'run'],
    forget: FORGET,
    production: ['yarn', 'install', '--non-interactive'],
  },
};

export function commandsOf({ manager }: Pick<Cell, 'manager'>): ManagerCommands {
  return COMMANDS[manager];
}
