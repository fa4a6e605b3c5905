import { stripVTControlCharacters } from 'node:util';
import { SchemaError, type SourceLocation } from '../errors/index.js';

interface Problem {
  readonly message: string;
  readonly location: SourceLocation | undefined;
}

/** Prisma's report, made for a terminal with drawn excerpts, as one error with a line for each problem. */
export function schemaErrorFrom(error: Error): SchemaError {
  const problems = problemsIn(reportOf(error));
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
      const [message = '', ...lines] = block.split('\n');
      const place = lines.join('\n').match(/-->\s+(.+):(\d+)\s*$/m);
      const location = place?.[1] ? { file: place[1], line: Number(place[2]) } : undefined;
      return { message: message.replace(/^Error (validating|parsing)[^:]*: /, '').trim(), location };
    });
}
