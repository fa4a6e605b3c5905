import type { SourceLocation } from '../errors/index.js';
import type { SchemaFile } from './read-schema-files.js';

/** The first line of a schema that looks like the head of a block, with its text. */
export function locateBlock(
  head: RegExp,
  files: readonly SchemaFile[],
): (SourceLocation & { readonly text: string }) | undefined {
  for (const { path, content } of files) {
    const lines = content.split('\n');
    const index = lines.findIndex((text) => head.test(text));
    if (index >= 0) return { file: path, line: index + 1, text: lines[index] ?? '' };
  }
  return undefined;
}
