import { stripVTControlCharacters } from 'node:util';
import { SchemaError, type SourceLocation } from '../errors/index.js';
import { noKeyReason } from './choose-key.js';

interface Problem {
  readonly message: string;
  readonly location: SourceLocation | undefined;
}

/**
 * Prisma's report, made for a terminal with drawn excerpts, as one error with a line for each problem: by file, and from
 * its top to its bottom.
 */
export function schemaErrorFrom(error: Error): SchemaError {
  const problems = problemsIn(reportOf(error)).sort(byPlace);
  const [first, ...rest] = problems;
  const message = [
    first?.message ?? error.message,
    ...rest.map(({ message, location }) => `      ${location ? `${location.file}:${location.line}: ` : ''}${message}`),
  ].join('\n');
  return new SchemaError('schema.invalid', message, {
    cause: error,
    ...(first?.location ? { location: first.location } : {}),
  });
}

/** The wasm build throws JSON text: `{"error_code":"P1012","message":"…"}`. */
function reportOf(error: Error): string {
  try {
    const { message }: { message?: unknown } = JSON.parse(error.message);
    if (typeof message === 'string') return stripVTControlCharacters(message);
  } catch {
    // Not JSON: the message is the report.
  }
  return stripVTControlCharacters(error.message);
}

function problemsIn(report: string): Problem[] {
  return report
    .split(/^error: /m)
    .slice(1)
    .map((block) => {
      const place = block.match(/^\s*-->\s+(.+):(\d+)\s*$/m);
      const location = place?.[1] ? { file: place[1], line: Number(place[2]) } : undefined;
      const text = place ? block.slice(0, place.index) : block;
      return { message: inOurWords(text.trim().replaceAll(/\s*\n\s*/g, ' ')), location };
    });
}

/** `Error validating model "Event": Each model must …` → `model "Event" has no unique, …`. */
function inOurWords(text: string): string {
  const keyless = text.match(/^Error validating model "(\w+)": Each model must have at least one unique criteria/);
  if (keyless?.[1]) return noKeyReason('model', keyless[1]);
  return text
    .replace(/^Error (?:validating|parsing)(?: (?:field|attribute) .*?)?: /, '')
    .replace(/^Error (?:validating|parsing) (?=model|enum|datasource|generator)/, '');
}

function byPlace({ location: a }: Problem, { location: b }: Problem): number {
  if (!a || !b) return Number(a === undefined) - Number(b === undefined);
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
