import { UsageError } from '../../errors/index.js';
import { findSchema, isEmptyFolder, type ScaffoldProvider, scaffoldProviders } from '../../scaffold/index.js';
import type { CliContext } from '../context.js';
import { Prompt } from './prompt.js';

/** What `init` may have to know beyond its flags; each question has a flag that answers it. */
export interface Interview {
  /** The `[dir]` argument. */
  folder(): Promise<string>;
  /** `--provider`; none where the project's own schema tells. */
  provider(folder: string): Promise<ScaffoldProvider | undefined>;
  /** `--yes`: whether the plan, which has been shown, is carried out. */
  confirm(folder: string): Promise<boolean>;
}

/** Asks on a terminal, and takes the defaults anywhere else. */
export function interview(context: CliContext, flags: InitFlags): Interview {
  const mayAsk = process.stdin.isTTY && process.stderr.isTTY && !context.json && !flags.yes;
  return mayAsk ? askOnTerminal(new Prompt(context.signal)) : takeDefaults(context, flags);
}

function askOnTerminal(prompt: Prompt): Interview {
  return {
    folder: () => prompt.text('Folder of the project', '.'),
    provider: async (folder) =>
      (await findSchema(folder)) ? undefined : prompt.choice('Database', scaffoldProviders, 'sqlite'),
    confirm: () => prompt.yes('Go ahead?'),
  };
}

function takeDefaults(context: CliContext, { yes }: InitFlags): Interview {
  return {
    folder: async () => '.',
    provider: async () => undefined,
    confirm: async (folder) => {
      if (yes) return true;
      if (!(await isEmptyFolder(folder))) throw wouldHaveAsked(folder);
      context.note('no terminal to ask on: the defaults are taken, as with --yes');
      return true;
    },
  };
}

function wouldHaveAsked(folder: string): UsageError {
  return new UsageError('init.not_empty', `${folder} is not empty, and there is no terminal to ask on`, {
    nextActions: ['see what would be done with --dry-run', 'go ahead with --yes; files of yours are kept'],
  });
}

/** The flags of `init`, as commander hands them over. */
export interface InitFlags {
  readonly provider?: ScaffoldProvider;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly install: boolean;
}
