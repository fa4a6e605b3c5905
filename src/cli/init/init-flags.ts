import type { ScaffoldProvider } from '../../scaffold/index.js';

/** The flags of `init`, as commander hands them over. */
export interface InitFlags {
  readonly provider?: ScaffoldProvider;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly install: boolean;
}
