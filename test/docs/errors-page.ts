import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodeOf } from '../../src/cli/exit.js';
import * as errors from '../../src/errors/index.js';
import { replaceBetweenMarkers } from '../../src/report/render-tuning-guide.js';
import { ROOT, readSourceTree, type SourceFile } from '../architecture/source-tree.js';

export const ERRORS_PAGE = join(ROOT, 'docs/errors.md');

/** The page with what the source says of errors: the exit codes, the classes, the reasons on the wire, and all codes. */
export function errorsPage(before: string): string {
  const parts = {
    'errors:exit-codes': exitCodes(),
    'errors:classes': classes(),
    'errors:reasons': reasons(),
    'errors:codes': codes(),
  };
  return Object.entries(parts).reduce((page, [name, text]) => replaceBetweenMarkers(page, name, text), before);
}

function exitCodes(): string {
  const source = readFileSync(join(ROOT, 'src/cli/exit.ts'), 'utf8');
  const [, body = ''] = /export const ExitCode = \{([\s\S]*?)\n\}/.exec(source) ?? [];
  const rows = [...body.matchAll(/\/\*\* (.*?) \*\/\s+\w+: (\d+),/g)].map(([, text = '', code = '']) => [code, text]);
  return table(['exit code', ''], rows);
}

/** Each class of the tree, with its docstring and the exit code of a command that ends with it. */
function classes(): string {
  const source = readFileSync(join(ROOT, 'src/errors/errors.ts'), 'utf8');
  const found = source.matchAll(/\/\*\*\s+((?:(?!\*\/)[\s\S])*?)\*\/\nexport class (\w+Error)/g);
  const rows = [...found].map(([, docstring = '', name = '']) => {
    return [
      `\`${name}\``,
      firstSentence(docstring),
      name === 'GrpcStreamError' ? '' : String(exitCodeOf(errorOf(name))),
    ];
  });
  return table(['class', '', 'exit code'], rows);
}

function firstSentence(docstring: string): string {
  const text = docstring
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();
  return /^.*?[.;:](?= |$)/.exec(text)?.[0].replace(/[;:]$/, '.') ?? text;
}

function errorOf(name: string): unknown {
  switch (name) {
    case 'SchemaError':
      return new errors.SchemaError('a.b', '');
    case 'CodegenError':
      return new errors.CodegenError('a.b', '');
    case 'UsageError':
      return new errors.UsageError('a.b', '');
    case 'EnvironmentError':
      return new errors.EnvironmentError('a.b', '');
    case 'BenchError':
      return new errors.BenchError('a.b', '');
    case 'StreamError':
      return new errors.StreamError('a.b', '', { status: 'INTERNAL', phase: 'request' });
    case 'InternalError':
      return new errors.InternalError();
    default:
      throw new Error(`the class ${name} has no exit code on this page`);
  }
}

/** An error that a line of the source makes. */
interface ErrorSite {
  readonly className: string;
  readonly code: string;
  /** As the source has it, with `…` for what is filled in. */
  readonly message: string;
  readonly status: string;
  readonly mayRetry: boolean;
}

/** The statuses that a stream may end with, by reason: what a client gets. */
function reasons(): string {
  const wire = errorSites().filter(({ className, status }) => className === 'StreamError' && status !== '');
  const byReason = grouped(wire, ({ code, status }) => `${status} ${code}`);
  const rows = [...byReason.keys()].sort().map((key) => {
    const sites = byReason.get(key) ?? [];
    const [status = '', code = ''] = key.split(' ');
    const messages = [...new Set(sites.map(({ message }) => message).filter((message) => /\w/.test(message)))];
    const retry = sites.some(({ mayRetry }) => mayRetry) ? 'yes' : '';
    return [status, `\`${code.replace('.', '_').toUpperCase()}\``, retry, messages.join('; ')];
  });
  return table(['status', 'reason', 'try again', 'message'], rows);
}

/** Every code of the tree, by class. */
function codes(): string {
  const byClass = grouped(errorSites(), ({ className }) => className);
  const rows = [...byClass.keys()].sort().map((className) => {
    const found = new Set((byClass.get(className) ?? []).map(({ code }) => code));
    return [
      `\`${className}\``,
      [...found]
        .sort()
        .map((code) => `\`${code}\``)
        .join(', '),
    ];
  });
  return table(['class', 'codes'], rows);
}

const CODE = /^[a-z]\w*\.\w+$/;
const TEXT = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;

/** Errors that are made with a code in place, and those made by a function whose callers give the code. */
function errorSites(): ErrorSite[] {
  const files = readSourceTree('src').map(withoutComments);
  const constants = new Map(
    files
      .flatMap(({ text }) => [...text.matchAll(/const ([A-Z_]+) = '([a-z]+\.\w+)'/g)])
      .map(([, name = '', code = '']) => [name, code]),
  );
  return files.flatMap((file) =>
    [...file.text.matchAll(/new (\w*Error)\(\s*([\w.]+|'[^']*')/g)].flatMap((found) => {
      const [, className = '', first = ''] = found;
      if (!(className in errors) || className === 'InternalError') return [];
      const own = argumentsAt(file.text, found.index);
      const code = CODE.exec(first.replaceAll("'", ''))?.[0] ?? constants.get(first);
      if (first.startsWith("'") || constants.has(first))
        return code === undefined ? [] : [siteOf(className, code, own, own)];
      if (first !== 'code') return [];
      const maker = [...file.text.slice(0, found.index).matchAll(/function (\w+)\(|const (\w+) = \(/g)].at(-1);
      const name = maker?.[1] ?? maker?.[2] ?? '';
      const calls = callsOf(name, files).flatMap((call) => siteOfCall(className, call, own));
      return calls.length > 0 ? calls : namedIn(file.text).map((given) => siteOf(className, given, own, own));
    }),
  );
}

/** Codes in facts of the same file, where no call names one. */
function namedIn(text: string): string[] {
  return [...text.matchAll(/\bcode: '([a-z]\w*\.\w+)'/g)].map(([, code = '']) => code);
}

function siteOfCall(className: string, call: string, maker: string): ErrorSite[] {
  const code = textsIn(call).find((text) => CODE.test(text));
  return code === undefined ? [] : [siteOf(className, code, call, maker)];
}

function siteOf(className: string, code: string, call: string, maker: string): ErrorSite {
  const status = /status: '(\w+)'/;
  const message =
    textsIn(call.split(/\{\s*(?:status|cause|next|phase|location)|, \[/)[0] ?? '').find((text) => text !== code) ?? '';
  return {
    className,
    code,
    message: message.replace(/\$\{[^}]*\}/g, '…').replaceAll("\\'", "'"),
    status: status.exec(call)?.[1] ?? status.exec(maker)?.[1] ?? '',
    mayRetry:
      /retryAfterMs/.test(call) ||
      (/retryAfterMs/.test(maker) && call !== maker && !/\.\.\.\(retryAfterMs/.test(maker)),
  };
}

function callsOf(name: string, files: readonly SourceFile[]): string[] {
  const call = new RegExp(`(?<!function )\\b${name}\\(`, 'g');
  return name === ''
    ? []
    : files.flatMap(({ text }) => [...text.matchAll(call)].map(({ index }) => argumentsAt(text, index)));
}

/** The text from the first `(` after the place to the `)` that ends it. */
function argumentsAt(text: string, place: number): string {
  const start = text.indexOf('(', place);
  let depth = 0;
  for (let end = start; end < text.length; end++) {
    if (text[end] === '(') depth++;
    if (text[end] === ')' && --depth === 0) return text.slice(start + 1, end);
  }
  return '';
}

function textsIn(code: string): string[] {
  return [...code.matchAll(TEXT)].map(([, single, double, template]) => single ?? double ?? template ?? '');
}

/** An example in a docstring makes no error. */
function withoutComments({ path, text }: SourceFile): SourceFile {
  return { path, text: text.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/^ \* .*$/gm, '') };
}

/** `Map.groupBy` of newer Node. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
