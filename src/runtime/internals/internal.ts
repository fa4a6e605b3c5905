/** A part of a dependency that the dependency does not document, and the features that need it. */
export interface Internal {
  /** Its name in the dependency, such as `Server.http2Servers`. */
  readonly name: string;
  /** Whether the installed version has it. */
  readonly works: boolean;
  /** The features that are missing without it, such as `connection limits`. */
  readonly means: string;
}

/** The features that are missing, each once, for a message. */
export function missingFeatures(missing: readonly Internal[]): string {
  return [...new Set(missing.map(({ means }) => means))].join('; ');
}
