import { StreamError } from '../../errors/index.js';
import type { StoredRows } from '../database/stored-rows.js';
import type { Condition } from './condition.js';
import type { SplitCondition } from './index-served.js';

/** Conditions that no index serves, and the most rows that are looked at for one that meets them. */
export interface BoundedSearch {
  readonly condition: Condition;
  readonly mostRows: number;
}

export interface WindowQueries {
  /** Reads the rows that meet the conditions, of so many rows from here on; undefined: of all. */
  readonly read: (window?: number) => Promise<StoredRows>;
  /** How many rows there are from here on; so many at most. */
  readonly count: (window: number) => Promise<number>;
}

/**
 * Bounds how many rows a stream looks at before it finds one. No database has such a bound for a query, so each query looks at a window of
 * the rows from the last one that was found: few at first, and more where few rows meet the conditions.
 */
export class SearchWindows {
  private readonly search: BoundedSearch;
  private readonly model: string;
  private size = 0;
  private left: number;

  constructor(search: BoundedSearch, model: string) {
    this.search = search;
    this.model = model;
    this.left = search.mostRows;
  }

  /** Called when a row was found. */
  restart(): void {
    this.left = this.search.mostRows;
  }

  /**
   * Reads the next rows of a range; none where the range has no more.
   *
   * @throws StreamError RESOURCE_EXHAUSTED when none of as many rows as are looked at meets the conditions.
   */
  async next(take: number, { read, count }: WindowQueries): Promise<StoredRows> {
    for (;;) {
      const window = Math.min(Math.max(this.size, take * ROWS_LOOKED_AT), this.left);
      const rows = await read(window);
      if (rows.length > 0) {
        this.size = rows.length < take ? window * GROWTH : Math.ceil(window / GROWTH);
        return rows;
      }
      const looked = await count(window);
      if (looked < window) {
        this.left -= looked;
        // Rows may have gone between the two queries, and others moved into the window: what is left is small, and is read whole.
        return read();
      }
      if (window >= this.left) throw this.exhausted();
      this.size = window * GROWTH;
    }
  }

  private exhausted(): StreamError {
    const { mostRows } = this.search;
    return new StreamError(
      'stream.scan_limit',
      `none of ${mostRows} rows of ${this.model} meets the filter, and this server looks at no more where no index serves it`,
      {
        status: 'RESOURCE_EXHAUSTED',
        phase: 'database',
        nextActions: [
          'add a condition on a field that an index begins with, or continue behind these rows with `after`',
          'on the server: an @@index for the field, or a larger `maxScan`',
        ],
      },
    );
  }
}

/**
 * Refuses a search that cannot be bounded: Prisma's client has no query for the rows of a window.
 *
 * @throws StreamError FAILED_PRECONDITION that says what to do.
 */
export function assertNoSearch({ searched }: SplitCondition, model: string): void {
  if (!searched) return;
  throw new StreamError(
    'stream.unbounded_scan',
    `the filter has a condition that no index serves, and this server cannot bound how many rows of ${model} it looks at`,
    {
      status: 'FAILED_PRECONDITION',
      phase: 'request',
      nextActions: [
        'ask without this condition',
        'on the server: an @@index for the field, or rows that are read by SQL: pass the driver adapter to createServices, and a Prisma client without extensions',
      ],
    },
  );
}

/** Rows that are looked at first, for each that is wanted. */
const ROWS_LOOKED_AT = 4;

/** The rows of all windows that found nothing are a third more than those of the last one. */
const GROWTH = 4;
