import { CodegenError } from '../errors/index.js';

/** Where generated code finds the wire format and the helpers of ts-proto. */
export const HELPERS = 'grpc-stream/runtime';

/** A replacement in ts-proto's text. */
interface Edit {
  readonly from: string;
  readonly to: string;
}

/**
 * With `useNullAsOptional`, absent is `null`, but ts-proto expects undefined in the members of `google.protobuf.Value`. It also drops
 * properties whose value is null, in both directions, and a member `__proto__`, which an assignment does not add.
 */
const STRUCT_EDITS: readonly Edit[] = [
  {
    from: 'message.fields[entry1.key] = entry1.value;',
    to: 'setMember(message.fields, entry1.key, entry1.value);',
  },
  { from: 'acc[key] = value;', to: 'setMember(acc, key, value);' },
  { from: 'struct.fields[key] = object[key];', to: 'setMember(struct.fields, key, object[key]);' },
  { from: 'object[key] = message.fields[key];', to: 'setMember(object, key, message.fields[key]);' },
  { from: 'Struct.wrap(message.kind.structValue)', to: 'Struct.wrap(message.kind.structValue ?? undefined)' },
  { from: 'ListValue.wrap(message.kind.listValue)', to: 'ListValue.wrap(message.kind.listValue ?? undefined)' },
  { from: 'if (entry1.value !== undefined && entry1.value !== null)', to: 'if (entry1.value !== undefined)' },
  { from: 'if (message.value !== undefined && message.value !== null)', to: 'if (message.value !== undefined)' },
];

/**
 * Makes ts-proto's text ours: it imports only `grpc-stream`, so that a project needs no other dependency, nothing that all objects inherit
 * counts as a member of a message, and its lines are indented, which ts-proto leaves to a formatter.
 *
 * @throws CodegenError when the text is not as expected, so that an edit cannot be made.
 */
export function adoptTsProto(text: string, path: string): string {
  const isStruct = path === 'google/protobuf/struct.ts';
  const short = withHelpers(text);
  const body = withOwnProperties(laidOut(short));
  const edited = (isStruct ? STRUCT_EDITS : []).reduce((before, edit) => apply(edit, before, path), body);
  const adopted = withOwnImports(edited, [
    ...(isStruct ? ['setMember'] : []),
    ...HELPER_NAMES.filter((name) => short.includes(`${name}(`)),
  ]);
  if (adopted.trim() === '' || FOREIGN_IMPORT.test(adopted) || adopted.includes('__tsProto')) throw unknownForm(path);
  return `/* eslint-disable */\n${adopted}`;
}

/** Stands in every decoder: messages may contain themselves. */
const ENTER =
  /const previousRecursionDepth = \(reader as any\)\.__tsProtoDecodeDepth \?\? 0;\s*if \(previousRecursionDepth >= 100\) \{\s*throw new globalThis\.Error\("[^"]*"\);\s*\}\s*\(reader as any\)\.__tsProtoDecodeDepth = previousRecursionDepth \+ 1;/g;
const LEAVE = '(reader as any).__tsProtoDecodeDepth = previousRecursionDepth;';

/** Stands in the encoder of every field of 64 bits. */
const TOO_LARGE =
  /if \(BigInt\.asIntN\(64, ([\w.]+)\) !== \1\) \{\s*throw new globalThis\.Error\((["'])[^"']*\2\);\s*\}\s*(writer\.(?:uint32\(\d+\)\.)?int64\()\1\)/g;

const HELPER_NAMES = ['enterMessage', 'leaveMessage', 'int64Of'];

/** What ts-proto writes out for every message and field is called in the runtime instead. */
function withHelpers(text: string): string {
  return text
    .replace(ENTER, 'enterMessage();')
    .replaceAll(LEAVE, 'leaveMessage();')
    .replace(TOO_LARGE, (_, value: string, _quote, write: string) => {
      return `${write}int64Of(${value}, '${value === 'v' ? 'a value' : value}'))`;
    });
}

const COMMENT = /^(?:\/\*|\*|\/\/)/;

/** A block that fits stands on one line. */
const LINE_WIDTH = 110;

/**
 * Lays the lines out: a tab for each brace that is open, and short blocks on one line. A formatter would take longer than all the rest of a
 * generation, and larger files cost the compiler time.
 */
function laidOut(text: string): string {
  const lines: string[] = [];
  const open: OpenBlock[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    if (COMMENT.test(line)) {
      lines.push(`${'\t'.repeat(open.length)}${line.startsWith('*') ? ' ' : ''}${line}`);
      continue;
    }
    const code = line
      .replace(/ {2,}/g, ' ')
      .replace(/ ([,;])/g, '$1')
      .replace('( ', '(');
    const leading = /^[}\])]*/.exec(code)?.[0].length ?? 0;
    const change = openedIn(code);
    const closed = Math.max(leading, -change);
    const before = open.length;
    const begin = close(open, closed);
    lines.push(`${'\t'.repeat(leading > 0 ? open.length : before)}${code}`);
    if (begin !== undefined) joinBlock(lines, begin);
    if (change + closed > 0) open.push({ begin: lines.length - 1, braces: change + closed });
  }
  return `${lines.join('\n')}\n`;
}

/** Braces that one line opened together. */
interface OpenBlock {
  /** The line. */
  readonly begin: number;
  braces: number;
}

/** Closes so many braces, and tells where the outermost block that this ends begins. */
function close(open: OpenBlock[], braces: number): number | undefined {
  let begin: number | undefined;
  for (let left = braces; left > 0; left--) {
    const block = open.at(-1);
    if (!block) break;
    block.braces--;
    if (block.braces > 0) continue;
    open.pop();
    begin = block.begin;
  }
  return begin;
}

/** How many more braces a line opens than it closes. */
function openedIn(line: string): number {
  let opened = 0;
  for (const character of line) {
    if (character === '{' || character === '(' || character === '[') opened++;
    else if (character === '}' || character === ')' || character === ']') opened--;
  }
  return opened;
}

/** Puts the lines of a block that has just ended on one line, where they fit. */
function joinBlock(lines: string[], begin: number): void {
  const [first = '', ...rest] = lines.slice(begin);
  const parts = rest.map((line) => line.trim());
  if (parts.some((part) => COMMENT.test(part))) return;
  const joined = [first, ...parts].join(' ').replaceAll('( ', '(').replaceAll(' )', ')').replaceAll('{ }', '{}');
  if (joined.length <= LINE_WIDTH) lines.splice(begin, lines.length, joined);
}

/** Names that every object has: ts-proto takes what is inherited for a value. */
const INHERITED =
  /\bobject\.(constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|toLocaleString|toString|valueOf)(?= (?:!== undefined|\?\?)|\?\.)/g;

function withOwnProperties(text: string): string {
  return text.replace(INHERITED, (read, name: string, at: number) => {
    const isOwn = `globalThis.Object.prototype.hasOwnProperty.call(object, "${name}")`;
    // A comparison keeps its form, from which TypeScript knows the type.
    return text.startsWith(' !== undefined', at + read.length)
      ? `${isOwn} && ${read}`
      : `(${isOwn} ? ${read} : undefined)`;
  });
}

const NAMESPACE_IMPORT = /^import type \* as .*\n/gm;
const IMPORT = /^import \{ ([^}]*) \} from '([^']*)';\n/gm;
const WIRE = '@bufbuild/protobuf/wire';

/** Every module is imported once, the wire format with the helpers; `globalThis` is there without any. */
function withOwnImports(text: string, more: readonly string[]): string {
  const imports = new Map<string, string[]>(more.length > 0 ? [[HELPERS, [...more]]] : []);
  const namespaces = text.match(NAMESPACE_IMPORT) ?? [];
  const rest = text.replace(NAMESPACE_IMPORT, '').replace(IMPORT, (_statement, list: string, from: string) => {
    const module = from === WIRE ? HELPERS : from;
    const names = list.split(', ').filter((name) => name !== 'globalThis');
    if (names.length > 0) imports.set(module, [...(imports.get(module) ?? []), ...names]);
    return '';
  });
  const statements = [...imports].map(([module, names]) => {
    const marked = [...new Set(names)].map((name) => (TYPES.test(name) ? `type ${name}` : name));
    return `import { ${marked.sort().join(', ')} } from "${module}";\n`;
  });
  return `${[...namespaces, ...statements].join('')}${rest.replace(/^\n+/gm, '')}`;
}

const TYPES = /^(?:MessageFns|DeepPartial)$/;

/** An import of something else than a file of the project or this package. */
const FOREIGN_IMPORT = /\bfrom ["'](?!\.|grpc-stream\/)/;

function apply({ from, to }: Edit, text: string, path: string): string {
  if (!text.includes(from)) throw unknownForm(path);
  return text.replaceAll(from, to);
}

function unknownForm(path: string): CodegenError {
  return new CodegenError('codegen.ts_proto', `ts-proto wrote ${path} in a form that this version does not know`, {
    nextActions: ['install the version of ts-proto that the package.json of grpc-stream names'],
  });
}
