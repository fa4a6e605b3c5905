import { createHash } from 'node:crypto';
import { GENERATED_HEADER } from '../proto/index.js';

// Files that take long to make say in their second line what they were made from: while that stays the same, they are taken as they are.

/** Raised whenever the text of the same protos changes: files of an earlier form are made again. A test tells when. */
export const FORM = 2;

const CONTENT = '// content';

/** Identifies what a file is made from: of equal contents, the same text is made. */
export function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256').update(String(FORM));
  for (const part of parts) hash.update('\0').update(part);
  return hash.digest('base64url').slice(0, 22);
}

/** A file with the line that tells what it was made from, and whether it is as it was made. */
export function withContent(body: string, content: string): string {
  return `${GENERATED_HEADER}\n${CONTENT} ${content}-${digestOf([body])}\n${body}`;
}

/** Whether a file was made from this content, and nobody changed it since. */
export function isCurrent(text: string, content: string): boolean {
  return text.startsWith(`${GENERATED_HEADER}\n${CONTENT} ${content}-`) && isAsMade(text);
}

/** Whether nobody changed a file since it was made. */
export function isAsMade(text: string): boolean {
  const [, made, body] = PARTS.exec(text) ?? [];
  return body !== undefined && made === digestOf([body]);
}

const PARTS = new RegExp(`^[^\\n]*\\n${CONTENT} [\\w-]{22}-([\\w-]{22})\\n([\\s\\S]*)$`);
