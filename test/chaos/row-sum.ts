import { createHash } from 'node:crypto';

/** What of a row is looked at: text and numbers, which read alike wherever they come from. */
export const SUMMED_FIELDS = ['id', 'isbn', 'title', 'summary', 'pages', 'rating', 'sold'] as const;

export type SummedRow = Readonly<Partial<Record<(typeof SUMMED_FIELDS)[number], unknown>>>;

/** Adds rows up, whatever their order: a row lost, twice or changed gives another sum. */
export class RowSum {
  rows = 0;
  private sum = 0n;

  add(row: SummedRow): void {
    this.rows++;
    const text = SUMMED_FIELDS.map((field) => row[field] ?? '').join('\0');
    this.sum += createHash('sha1').update(text).digest().readBigUInt64LE();
  }

  equals(other: RowSum): boolean {
    return this.rows === other.rows && this.sum === other.sum;
  }

  toString(): string {
    return `${this.rows} rows, sum ${this.sum.toString(16)}`;
  }
}
