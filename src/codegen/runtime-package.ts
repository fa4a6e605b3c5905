/** The package that a project has the runtime from: the one for production, or this one, which has all of its entries as well. */
export type RuntimePackage = typeof RUNTIME_PACKAGE | typeof WHOLE_PACKAGE;

export const RUNTIME_PACKAGE = '@grpc-stream/runtime';
export const WHOLE_PACKAGE = 'grpc-stream';

/** Code that imports the runtime from another package: `grpc-stream/client` is `@grpc-stream/runtime/client`. */
export function importingFrom(runtime: RuntimePackage, code: string): string {
  return code.replace(IMPORT, (_, quote: string, whole?: string, ofRuntime = '') => {
    const entry = whole ?? (ofRuntime === '' ? 'runtime' : ofRuntime);
    return ` from ${quote}${runtime === WHOLE_PACKAGE ? `${runtime}/${entry}` : nameInRuntime(entry)}${quote};`;
  });
}

/** The runtime itself has the name of its package. */
function nameInRuntime(entry: string): string {
  return entry === 'runtime' ? RUNTIME_PACKAGE : `${RUNTIME_PACKAGE}/${entry}`;
}

const IMPORT =
  /(?<=^(?:import|export) [^\n]*) from (['"])(?:grpc-stream\/(\w+)|@grpc-stream\/runtime(?:\/(\w+))?)\1;$/gm;

/** The texts of files, as {@link importingFrom} makes them. */
export function allImportingFrom(
  runtime: RuntimePackage,
  files: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return new Map([...files].map(([path, text]) => [path, importingFrom(runtime, text)]));
}
