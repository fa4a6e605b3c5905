/** The `@grpc.` annotations in a `///` comment, parsed. */
export interface Annotations {
  /** The comment without its annotations; left out when nothing remains. */
  readonly documentation?: string;
  /** Never sent and never read for a stream. */
  readonly omit: boolean;
  /** A relation whose rows are sent inside this model's own. */
  readonly include: boolean;
  /** Sent although its name looks like that of a secret. */
  readonly allow: boolean;
  /** The field number to use, from an API that is older than the lock. */
  readonly number?: number;
  /** One line per invalid annotation: a misspelt `@grpc.omit` must never be taken for a comment. */
  readonly problems: readonly string[];
}

/** The parts of a schema that a comment can belong to. */
type AnnotatedThing = 'model' | 'field' | 'relation' | 'enum' | 'value';

const ALLOWED: Readonly<Record<AnnotatedThing, readonly string[]>> = {
  model: ['omit'],
  field: ['omit', 'allow', 'number'],
  relation: ['omit', 'include', 'number'],
  enum: [],
  value: ['number'],
};

/** Does not match an e-mail address, such as `ops@grpc.example`. */
const ANNOTATION = /(?<![\w.])@grpc\.(\w*)(?:\(([^)\n]*)\))?/g;

/**
 * Reads the annotations of a comment, anywhere in it, and removes them from its text.
 *
 * @param name Names the owner of the comment in messages, such as `field "password"`.
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
    ...withoutAnnotations(comment),
    omit: has('omit'),
    include: has('include'),
    allow: has('allow'),
    ...(number === undefined ? {} : { number }),
    problems: found
      .filter((annotation) => !known.includes(annotation))
      .map(({ text }) => `${name} has ${text}, which ${allowedText(thing)}`),
  };
}

function withoutAnnotations(comment: string | undefined): { documentation?: string } {
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

function allowedText(thing: AnnotatedThing): string {
  const known = ALLOWED[thing].map((word) => `@grpc.${word}${word === 'number' ? '(7)' : ''}`);
  const place = thing === 'enum' ? 'an enum' : thing === 'value' ? 'a value of an enum' : `a ${thing}`;
  return known.length === 0
    ? `means nothing on ${place}; remove it`
    : `means nothing on ${place}; it can have ${known.join(', ')}`;
}
