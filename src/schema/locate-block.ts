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

/** Where a model or a view is declared. */
export function locateModel(
  name: string,
  files: readonly SchemaFile[],
): SourceLocation & { readonly kind: 'model' | 'view' } {
  const found = locateBlock(new RegExp(`^\\s*(model|view)\\s+${name}\\s*\\{`), files);
  const kind = found?.text.trim().startsWith('view') ? 'view' : 'model';
  return { kind, file: found?.file ?? files[0]?.path ?? '', line: found?.line ?? 1 };
}

/** Where an enum is declared. */
export function locateEnum(name: string, files: readonly SchemaFile[]): SourceLocation {
  const found = locateBlock(new RegExp(`^\\s*enum\\s+${name}\\s*\\{`), files);
  return { file: found?.file ?? files[0]?.path ?? '', line: found?.line ?? 1 };
}
