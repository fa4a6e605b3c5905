/** What `@grpc.` annotations in a `///` comment say of the thing below it. */
export interface Annotations {
  /** The comment without them; none when nothing is left. */
  readonly documentation?: string;
  /** Never sent, never read for a stream. */
  readonly omit: boolean;
  /** A relation whose rows are sent inside this model's own. */
  readonly include: boolean;
  /** Sent although its name looks like a secret's. */
  readonly allow: boolean;
  /** The number to take on the wire, from a contract that is older than the lock. */
  readonly number?: number;
  /** One line for each annotation that means nothing here; a misspelt `@grpc.omit` must never pass for a comment. */
  readonly problems: readonly string[];
}

/** What an annotation may stand above. */
export type AnnotatedThing = 'model' | 'field' | 'relation' | 'enum' | 'value';

const ALLOWED: Readonly<Record<AnnotatedThing, readonly string[]>> = {
  model: ['omit'],
  field: ['omit', 'allow', 'number'],
  relation: ['omit', 'include', 'number'],
  enum: [],
  value: ['number'],
};

/** Not the end of an address, such as `ops@grpc.example`. */
const ANNOTATION = /(?<![\w.])@grpc\.(\w*)(?:\(([^)\n]*)\))?/g;

/**
 * Reads the annotations of a comment, wherever in it they stand, and takes them out of its text.
 *
 * @param name What the comment belongs to, such as `field "password"`.
 */
export function readAnnotations(comment: string | undefined, thing: AnnotatedThing, name: string): Annotations {
  const found = [...(comment ?? '').matchAll(ANNOTATION)].map(([text, word = '', argument]) => ({
    text,
    word,
    argument,
  }));
  const known = found.filter(({ word, argument }) => isKnown(thing, word, argument));
  const number = numberIn(known.find(({ word }) => word === 'number')?.argument);
  const has = (wanted: string) => known.some(({ word }) => word === wanted);
  return {
    ...documented(comment),
    omit: has('omit'),
    include: has('include'),
    allow: has('allow'),
    ...(number === undefined ? {} : { number }),
    problems: found
      .filter((annotation) => !known.includes(annotation))
      .map(({ text }) => `${name} has ${text}, which ${knownText(thing)}`),
  };
}

function documented(comment: string | undefined): { documentation?: string } {
  if (comment === undefined || !comment.includes('@grpc.'))
    return comment === undefined ? {} : { documentation: comment };
  const lines = comment.split('\n').flatMap((line) => {
    const rest = line.replace(ANNOTATION, '').trimEnd();
    return rest.trim() === '' && rest !== line ? [] : [rest];
  });
  return lines.length === 0 ? {} : { documentation: lines.join('\n') };
}

function isKnown(thing: AnnotatedThing, word: string, argument: string | undefined): boolean {
  if (!ALLOWED[thing].includes(word)) return false;
  return word === 'number' ? numberIn(argument) !== undefined : argument === undefined;
}

function numberIn(argument: string | undefined): number | undefined {
  const text = argument?.trim() ?? '';
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

function knownText(thing: AnnotatedThing): string {
  const known = ALLOWED[thing].map((word) => `@grpc.${word}${word === 'number' ? '(7)' : ''}`);
  const place = thing === 'enum' ? 'an enum' : thing === 'value' ? 'a value of an enum' : `a ${thing}`;
  return known.length === 0
    ? `means nothing on ${place}; remove it`
    : `means nothing on ${place}; it can have ${known.join(', ')}`;
}
