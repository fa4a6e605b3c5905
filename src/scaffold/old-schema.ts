import { SchemaError } from '../errors/index.js';
import { parseSchema, type SchemaFile } from '../schema/index.js';

/** A schema of an older Prisma, as the present one takes it. */
export interface ModernSchema {
  /** The files that change. */
  readonly changes: readonly SchemaChange[];
  /** All files, with the changes. */
  readonly files: readonly SchemaFile[];
  /** The variable with the address of the database; undefined where the schema names none. */
  readonly urlVariable?: string;
  /** The variable with the address that migrations use. */
  readonly directUrlVariable?: string;
}

interface SchemaChange extends SchemaFile {
  readonly before: string;
  /** What is taken out, such as `url`. */
  readonly removed: readonly string[];
}

/** Addresses belong in `prisma.config.ts` and in the client's driver adapter. */
const ADDRESS = /^[ \t]*(url|directUrl|shadowDatabaseUrl)[ \t]*=[ \t]*([^\n]*)\n/gm;
const DATASOURCE = /^([ \t]*datasource[ \t]+\w+[ \t]*\{)(.*?)(^[ \t]*\})/gms;

/** Takes out of a schema what Prisma has moved elsewhere: addresses of databases, and preview features that are gone. */
export function modernSchema(files: readonly SchemaFile[]): ModernSchema {
  const addresses = new Map<string, string | undefined>();
  let changes = files.map((file): SchemaChange => {
    const removed: string[] = [];
    const content = file.content.replace(DATASOURCE, (_all, head: string, body: string, tail: string) => {
      const kept = body.replace(ADDRESS, (_line, name: string, value: string) => {
        removed.push(name);
        addresses.set(name, /^env\("(\w+)"\)/.exec(value)?.[1]);
        return '';
      });
      return `${head}${kept}${tail}`;
    });
    return { path: file.path, before: file.content, content, removed };
  });
  for (let feature = goneFeature(changes); feature; feature = goneFeature(changes)) {
    const name = feature;
    changes = changes.map((change) => withoutFeature(change, name));
  }
  const [urlVariable, directUrlVariable] = [addresses.get('url'), addresses.get('directUrl')];
  return {
    changes: changes.filter(({ before, content }) => before !== content),
    files: changes.map(({ path, content }) => ({ path, content })),
    ...(urlVariable === undefined ? {} : { urlVariable }),
    ...(directUrlVariable === undefined ? {} : { directUrlVariable }),
  };
}

/** A preview feature in the schema that Prisma does not know any more. */
function goneFeature(files: readonly SchemaFile[]): string | undefined {
  try {
    parseSchema(files);
    return undefined;
  } catch (error) {
    const name = error instanceof SchemaError ? /preview feature "(\w+)" is not known/.exec(error.message)?.[1] : '';
    return files.some(({ content }) => content.includes(`"${name}"`)) ? name : undefined;
  }
}

function withoutFeature(change: SchemaChange, name: string): SchemaChange {
  const content = change.content
    .replace(new RegExp(`(previewFeatures[ \\t]*=[^\\]]*?)"${name}"[ \\t]*,?[ \\t]*`, 'g'), '$1')
    .replace(/,[ \t]*\]/g, ']')
    .replace(/^[ \t]*previewFeatures[ \t]*=[ \t]*\[[ \t]*\][^\n]*\n/gm, '');
  return content === change.content ? change : { ...change, content, removed: [...change.removed, name] };
}
