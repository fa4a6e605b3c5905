/**
 * The total order that a stream is read in: unique, never null, so that "the rows after this one" has one meaning.
 * The last row's key is the resume token.
 */
export interface Key {
  /** Prisma field names, most significant first. */
  readonly fields: readonly string[];
  /** Which constraint it came from. */
  readonly source: 'id' | 'unique';
}
