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
  /** Leave what production needs, in the folder of the application. */
  readonly production: readonly (readonly string[])[];
}

const COMMANDS: Readonly<Record<Manager, ManagerCommands>> = {
  npm: {
    package: 'npm',
    install: ['npm', 'install'],
    once: ['npx', '--yes'],
    exec: ['npx', '--no'],
    script: ['npm', 'run'],
    // `npm prune --omit=dev` keeps prisma and typescript, which @prisma/client names as optional peers.
    production: [
      ['npm', 'pkg', 'delete', 'devDependencies'],
      ['npm', 'prune'],
    ],
  },
  pnpm: {
    package: 'pnpm',
    install: ['pnpm', 'install'],
    once: ['pnpm', 'dlx'],
    exec: ['pnpm', 'exec'],
    script: ['pnpm', 'run'],
    production: [['pnpm', 'install', '--prod']],
  },
  // Its classic, which has no `dlx`.
  yarn: {
    package: 'yarn',
    install: ['yarn', 'install', '--non-interactive'],
    once: ['npx', '--yes'],
    exec: ['yarn', '--silent', 'run'],
    script: ['yarn', '--silent', 'run'],
    // As npm: `--production` keeps the optional peers.
    production: [
      ['npm', 'pkg', 'delete', 'devDependencies'],
      ['yarn', 'install', '--non-interactive'],
    ],
  },
};

export function commandsOf({ manager }: Pick<Cell, 'manager'>): ManagerCommands {
  return COMMANDS[manager];
}
