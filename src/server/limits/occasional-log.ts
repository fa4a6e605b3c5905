import type { StreamLogger } from '../../runtime/index.js';

/** What happens by the thousand is told at once, and then every so often. */
const INTERVAL_MS = 10_000;

/** Tells of something that others can bring about as often as they like: a log must not be theirs to fill. */
export class OccasionalLog {
  private readonly logger: StreamLogger | undefined;
  private readonly message: string;
  private untold = 0;
  private last: object = {};
  private resting = false;

  constructor(logger: StreamLogger | undefined, message: string) {
    this.logger = logger;
    this.message = message;
  }

  note(fields: object): void {
    this.untold++;
    this.last = fields;
    if (!this.resting) this.tell();
  }

  private tell(): void {
    this.resting = this.untold > 0;
    if (!this.resting) return;
    this.logger?.warn({ ...this.last, times: this.untold }, this.message);
    this.untold = 0;
    setTimeout(() => this.tell(), INTERVAL_MS).unref();
  }
}
