import { createHash } from 'node:crypto';

/** Adds rows up, whatever their order: a row lost, twice or changed gives another sum. */
export class RowSum {
  rows = 0;
  private sum = 0n;

  add({ id, isbn, title }: { readonly id: number; readonly isbn: string; readonly title: string }): void {
    this.rows++;
    this.sum += createHash('sha1').update(`${id}\0${isbn}\0${title}`).digest().readBigUInt64LE();
  }

  equals(other: RowSum): boolean {
    return this.rows === other.rows && this.sum === other.sum;
  }

  toString(): string {
    return `${this.rows} rows, sum ${this.sum.toString(16)}`;
  }
}
