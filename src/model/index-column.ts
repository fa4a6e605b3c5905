/** One column of an order, or of the index that serves it. */
export interface IndexColumn {
  /** Prisma's field name. */
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}
