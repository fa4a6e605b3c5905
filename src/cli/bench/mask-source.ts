/**
 * A program's text with everything that is not code blanked out: comments, and what is inside quotes, unless that is a
 * name. Every character keeps its place, so that what is found here is found there.
 */
export function maskSource(source: string): string {
  return source.replace(TRIVIA, (text) => (isQuotedName(text) ? text : text.replace(/[^\n]/g, ' ')));
}

/** Comments, texts in any quotes. A regular expression has no business in a configuration, and makes its check fail. */
const TRIVIA = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** A property may be named in quotes, as in JSON. */
function isQuotedName(text: string): boolean {
  return /^(["'])[A-Za-z_$][\w$]*\1$/.test(text);
}
