/** One import of a file, as it is written there. */
export interface Import {
  readonly specifier: string;
  /** Counts from 1. */
  readonly line: number;
}

interface Token {
  readonly kind: 'word' | 'string' | 'mark';
  readonly text: string;
  readonly line: number;
}

/**
 * Every specifier that a TypeScript file imports, re-exports, imports on demand or resolves through `createRequire`.
 * What stands in comments, strings and templates is text, not an import.
 */
export function scanImports(source: string): Import[] {
  const tokens = tokenize(source);
  const resolves = tokens.some(({ text }) => text === 'createRequire');
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'string') return [];
    const [before, beforeThat] = [tokens[index - 1], tokens[index - 2]];
    const isImport =
      (before?.kind === 'word' && (before.text === 'from' || before.text === 'import')) ||
      (before?.text === '(' && beforeThat?.text === 'import') ||
      (before?.text === '(' && beforeThat?.text === 'resolve' && resolves && !token.text.startsWith('/'));
    return isImport ? [{ specifier: token.text, line: token.line }] : [];
  });
}

/** Every `console.x` of a file, by line. */
export function scanConsole(source: string): number[] {
  const tokens = tokenize(source);
  return tokens
    .filter(({ kind, text }, index) => kind === 'word' && text === 'console' && tokens[index + 1]?.text === '.')
    .map(({ line }) => line);
}

/** `grpc-stream/runtime` → `grpc-stream`, `@grpc/grpc-js` → itself; none for Node's own modules and for relative paths. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const [first = '', second] = specifier.split('/');
  return first.startsWith('@') && second !== undefined ? `${first}/${second}` : first;
}

const TOKENS: readonly (readonly [kind: Token['kind'] | 'skip', pattern: RegExp])[] = [
  ['skip', /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y],
  ['string', /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y],
  ['word', /[\w$]+/y],
];

/** After these, a slash begins a regular expression and does not divide. */
const BEFORE_REGEXP = /^(?:[([{,;:=!&|?+*%~^<>-]|return|typeof|case|of|in|await)$/;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/y;

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  // For each template that is open: how many braces are open inside its `${}`.
  const templates: number[] = [];
  const advance = (text: string) => {
    at += text.length;
    line += text.split('\n').length - 1;
  };
  while (at < source.length) {
    const open = templates.length - 1;
    const char = source.charAt(at);
    if (char === '`' || (char === '}' && templates[open] === 0)) {
      if (char === '}') templates.pop();
      const { text, ends } = templateText(source, at);
      if (!ends) templates.push(0);
      advance(text);
      continue;
    }
    const [kind, text] = match(source, at, tokens.at(-1)) ?? ['mark', char];
    if (kind === 'mark' && open >= 0)
      templates[open] = (templates[open] ?? 0) + (char === '{' ? 1 : char === '}' ? -1 : 0);
    if (kind === 'string') tokens.push({ kind, text: text.slice(1, -1), line });
    else if (kind !== 'skip') tokens.push({ kind, text, line });
    advance(text);
  }
  return tokens;
}

function match(source: string, at: number, previous: Token | undefined): [Token['kind'] | 'skip', string] | undefined {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined) return [kind, text];
  }
  if (source.charAt(at) !== '/' || !(previous === undefined || BEFORE_REGEXP.test(previous.text))) return undefined;
  REGEXP.lastIndex = at;
  const text = REGEXP.exec(source)?.[0];
  return text === undefined ? undefined : ['skip', text];
}

/** A template's text from a backtick (or from the brace that closes a `${}`) to its end or to the next `${`. */
function templateText(source: string, start: number): { text: string; ends: boolean } {
  let at = start + 1;
  while (at < source.length) {
    if (source.charAt(at) === '\\') at += 2;
    else if (source.charAt(at) === '`') return { text: source.slice(start, at + 1), ends: true };
    else if (source.startsWith('${', at)) return { text: source.slice(start, at + 2), ends: false };
    else at++;
  }
  return { text: source.slice(start), ends: true };
}
