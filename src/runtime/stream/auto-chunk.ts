/** The most of a chunk's time that its query may take beside its rows: more rows would gain no more than that. */
const FIXED_SHARE = 0.02;

/** The same for a chunk of more than {@link LARGE_BYTES}. */
const LARGE_FIXED_SHARE = 0.15;

/** What a stream holds in any case, in blocks that wait for the socket: fewer rows would save no memory. */
const SMALL_BYTES = 64 * 1024;

/** Chunks of 8 MB were slower than those of 1.6 and of 3.2 MB, of rows of 16 kB: so much leaves the heap's young generation before it is sent. */
const LARGE_BYTES = 2 * 1024 * 1024;

/** Rows whose bytes nobody counts, as those of `streamQuery`, are read in no larger chunks than by default. */
const MOST_UNWEIGHED_ROWS = 1000;

/** The first queries ask for few rows in any case, and one in so many later on. */
const FIRST_QUERIES = 2;
const PROBE_EVERY = 64;
const PROBE_ROWS = 4;
const PROBE_PART = 1 / 16;

/** Any query may be held up; of two, one less likely. */
const PROBES_KEPT = 2;

/** What is left of a measurement when the next one comes: that of the last four or so counts. */
const MEMORY = 0.75;

export interface AutoChunkOptions {
  /** The time, in milliseconds. Default: the system's monotonic clock. */
  readonly now?: () => number;
}

/** A query of few rows. */
interface Probe {
  readonly rows: number;
  readonly ms: number;
}

/**
 * Finds how many rows a stream reads at a time, with `chunkSize: 'auto'`. Every query takes some time beside its rows: the way to the
 * database and back, and the work to begin. The more rows, the less that matters: a chunk is so large that this time is a fiftieth of what
 * the chunk takes altogether, from its query to the client. So chunks are larger for a database that is far away, and smaller for large rows
 * and for a slow client, who waits for no query.
 *
 * A chunk has 64 KiB of rows at least, and two MiB at most; more than that only while the query would take more than 15% of the time.
 * The limits of the settings and of the memory come after this.
 */
export class AutoChunk {
  private readonly now: () => number;
  private queries = 0;
  private startedMs = 0;
  private sent = 0;
  private probes: readonly Probe[] = [];
  private knownFixedMs = Number.POSITIVE_INFINITY;
  /** The stream as a whole: time, and the rows that were sent in it. */
  private readonly pace = new Recent();
  /** Queries that were no probes: their time, and their rows. */
  private readonly reading = new Recent();

  constructor({ now = () => performance.now() }: AutoChunkOptions = {}) {
    this.now = now;
  }

  /** Called as a query begins. */
  queryStarts(): void {
    const nowMs = this.now();
    // While the rows of a probe are sent, which are few, the stream waits for the next ones: that is not its pace.
    const isAfterProbe = this.queries > FIRST_QUERIES && (this.queries - 1) % PROBE_EVERY === 0;
    if (this.queries > 0 && !isAfterProbe) this.pace.add(nowMs - this.startedMs, this.sent);
    this.startedMs = nowMs;
    this.sent = 0;
    this.queries += 1;
  }

  /** Called when the rows of a query have come. */
  queryEnded(rows: number): void {
    const ms = this.now() - this.startedMs;
    if (this.isProbing) this.probes = [...this.probes, { rows, ms }].slice(-PROBES_KEPT);
    else this.reading.add(ms, rows);
  }

  /** Called when rows were encoded. */
  rowsSent(rows: number): void {
    this.sent += rows;
  }

  /** The rows of a chunk. While too little is known, as many as may be. */
  wanted(bytesPerRow: number): number {
    const rowsOf = (bytes: number) => Math.floor(bytes / bytesPerRow);
    const [fixedMs, rowMs] = [this.fixedMs(), this.pace.msPerRow];
    const rowsFor = (share: number) =>
      rowMs > 0 && Number.isFinite(fixedMs) ? Math.ceil(fixedMs / share / rowMs) : Number.POSITIVE_INFINITY;
    if (bytesPerRow === 0) return Math.min(rowsFor(FIXED_SHARE), MOST_UNWEIGHED_ROWS);
    const usual = Math.min(Math.max(rowsFor(FIXED_SHARE), rowsOf(SMALL_BYTES)), rowsOf(LARGE_BYTES));
    return Number.isFinite(fixedMs) ? Math.max(1, usual, rowsFor(LARGE_FIXED_SHARE)) : usual;
  }

  /** The rows that the present query asks for, where a chunk has so many. */
  asked(rows: number): number {
    if (!this.isProbing || this.queries <= FIRST_QUERIES) return rows;
    return Math.max(1, Math.min(PROBE_ROWS, Math.floor(rows * PROBE_PART)));
  }

  private get isProbing(): boolean {
    return this.queries <= FIRST_QUERIES || this.queries % PROBE_EVERY === 0;
  }

  /** What a query takes beside its rows: where the line through a probe and the other queries meets a query of no rows. */
  private fixedMs(): number {
    const { msPerRow, rows: usual } = this.reading;
    const found = this.probes.filter(({ rows }) => rows < usual / 2);
    const fixed = found.map(({ rows, ms }) => Math.max(0, (ms - rows * msPerRow) / (1 - rows / usual)));
    // Chunks of a row or two leave nothing to compare with.
    if (fixed.length > 0) this.knownFixedMs = Math.min(...fixed);
    return this.knownFixedMs;
  }
}

/** Sums in which the latest count most. */
class Recent {
  private ms = 0;
  private sum = 0;
  private count = 0;

  add(ms: number, rows: number): void {
    this.ms = this.ms * MEMORY + ms;
    this.sum = this.sum * MEMORY + rows;
    this.count = this.count * MEMORY + 1;
  }

  /** Not a number before there were rows. */
  get msPerRow(): number {
    return this.sum === 0 ? Number.NaN : this.ms / this.sum;
  }

  /** Rows at a time. */
  get rows(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }
}
