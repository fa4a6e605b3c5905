import type { SchemaFile } from './schema-files.js';

// Prisma's parser leaves out of its answer what Prisma's client does not have, and the database has it all the same. It is found in the text.

/** The parts of a schema that Prisma's client does not have. */
export interface HiddenParts {
  /** Tables of the models with `@@ignore`. */
  readonly ignoredTables: readonly string[];
  /**
   * Required columns without a default that nobody can write, by model: those of a type that Prisma does not know (`Unsupported`), and those
   * with `@ignore`.
   */
  readonly unwritable: ReadonlyMap<string, readonly string[]>;
}

const MODEL = /^[ \t]*model[ \t]+(\w+)[ \t]*\{(.*?)^[ \t]*\}/gms;

export function hiddenPartsOf(files: readonly SchemaFile[]): HiddenParts {
  const models = files.flatMap(({ content }) =>
    [...content.matchAll(MODEL)].map(([, name = '', body = '']) => ({ name, lines: linesOf(body) })),
  );
  const names = new Set(models.map(({ name }) => name));
  return {
    ignoredTables: models.filter(({ lines }) => lines.some((line) => /^@@ignore\b/.test(line))).map(tableOf),
    unwritable: new Map(
      models.map(({ name, lines }) => [name, lines.flatMap((line) => unwritableColumn(line, names))] as const),
    ),
  };
}

/** Without comments, but not without the `//` of an address in a text. */
function linesOf(body: string): string[] {
  return body.split('\n').map((line) => line.replace(/^((?:[^"/]|"(?:[^"\\]|\\.)*"|\/(?!\/))*)\/\/.*$/, '$1').trim());
}

function tableOf({ name, lines }: { readonly name: string; readonly lines: readonly string[] }): string {
  const mapped = lines.map((line) => /^@@map\((?:name:\s*)?"([^"]+)"/.exec(line)?.[1]).find((found) => found);
  return mapped ?? name;
}

/** Columns of lists may be empty, and those of a relation are not its own. */
function unwritableColumn(line: string, models: ReadonlySet<string>): string[] {
  const [, name = '', type = '', rest = ''] = /^(\w+)\s+(Unsupported\("[^"]*"\)|\w+)(?![?[\w])(.*)$/.exec(line) ?? [];
  const isHidden = type.startsWith('Unsupported(') || /@ignore\b/.test(rest);
  return isHidden && !models.has(type) && !/@default\(|@updatedAt\b/.test(rest) ? [name] : [];
}
