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
  /** The name in the API: of a value, without what the names of its enum begin with. */
  readonly apiName?: string;
  /** One line per invalid annotation: a misspelt `@grpc.omit` must never be taken for a comment. */
  readonly problems: readonly string[];
}

/** The parts of a schema that a comment can belong to. */
type AnnotatedThing = 'model' | 'field' | 'relation' | 'enum' | 'value';

/** What each part can have, with an example where an argument is needed. */
const ALLOWED: Readonly<Record<AnnotatedThing, readonly string[]>> = {
  model: ['omit', 'name(Book)'],
  field: ['omit', 'allow', 'number(7)', 'name(full_title)'],
  relation: ['omit', 'include', 'number(7)', 'name(author_row)'],
  enum: ['name(BookStatus)'],
  value: ['number(7)', 'name(OUT_OF_PRINT)'],
};

/** The names that `buf lint` accepts: other languages make their own names from them. */
const NAMES: Readonly<Record<AnnotatedThing, RegExp>> = {
  model: /^[A-Z][A-Za-z\d]*$/,
  enum: /^[A-Z][A-Za-z\d]*$/,
  field: /^[a-z][a-z\d]*(_[a-z\d]+)*$/,
  relation: /^[a-z][a-z\d]*(_[a-z\d]+)*$/,
  value: /^[A-Z][A-Z\d]*(_[A-Z\d]+)*$/,
};

/** Does not match an e-mail address, such as `ops@grpc.example`. */
const ANNOTATION = /(?<![\w.])@grpc\.(\w*)(?:\(([^)\n]*)(\)?))?/g;

/**
 * Reads the annotations of a comment, anywhere in it, and removes them from its text.
 *
 * @param name Names the owner of the comment in messages, such as `field "password"`.
 */
export function readAnnotations(comment: string | undefined, thing: AnnotatedThing, name: string): Annotations {
  const found = comment?.includes('@grpc.') ? annotationsIn(comment) : [];
  const known = found.filter((annotation) => isKnown(thing, annotation));
  const argumentOf = (wanted: string) => known.find(({ word }) => word === wanted)?.argument;
  const has = (wanted: string) => known.some(({ word }) => word === wanted);
  const [number, apiName] = [numberIn(argumentOf('number')), argumentOf('name')?.trim()];
  return {
    ...withoutAnnotations(comment),
    omit: has('omit'),
    include: has('include'),
    allow: has('allow'),
    ...(number === undefined ? {} : { number }),
    ...(apiName === undefined ? {} : { apiName }),
    problems: found
      .filter((annotation) => !known.includes(annotation))
      .map(({ text }) => `${name} has ${text}, which means nothing on ${PLACES[thing]}; it can have ${allowed(thing)}`),
  };
}

interface Annotation {
  readonly text: string;
  readonly word: string;
  readonly argument: string | undefined;
  /** Whether it ends; `@grpc.omit(` does not. */
  readonly isWhole: boolean;
}

function annotationsIn(comment: string): Annotation[] {
  return [...comment.matchAll(ANNOTATION)].map(([text, word = '', argument, end]) => {
    return { text: text.trimEnd(), word, argument, isWhole: end !== '' };
  });
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

function isKnown(thing: AnnotatedThing, { word, argument, isWhole }: Annotation): boolean {
  if (!isWhole) return false;
  const example = ALLOWED[thing].find((annotation) => annotation.replace(/\(.*/, '') === word);
  if (example === undefined) return false;
  if (word === 'number') return numberIn(argument) !== undefined;
  return word === 'name' ? NAMES[thing].test(argument?.trim() ?? '') : argument === undefined;
}

function numberIn(argument: string | undefined): number | undefined {
  const text = argument?.trim() ?? '';
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

const PLACES: Readonly<Record<AnnotatedThing, string>> = {
  model: 'a model',
  field: 'a field',
  relation: 'a relation',
  enum: 'an enum',
  value: 'a value of an enum',
};

function allowed(thing: AnnotatedThing): string {
  return ALLOWED[thing].map((annotation) => `@grpc.${annotation}`).join(', ');
}
