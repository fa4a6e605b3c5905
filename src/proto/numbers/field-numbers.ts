/** The greatest that a field's number may be; an enum's may be greater, and ours never are. */
const MAX_NUMBER = 536_870_911;
/** These belong to protobuf itself. */
const RESERVED = { from: 19_000, to: 19_999 } as const;

/** In words, for messages. */
export const PROTOBUF_NUMBERS = `1 to ${MAX_NUMBER}, without ${RESERVED.from} to ${RESERVED.to}, which are protobuf's own`;

/** Whether protobuf lets a field have this number. */
export function isFieldNumber(value: number): boolean {
  return value >= 1 && value <= MAX_NUMBER && (value < RESERVED.from || value > RESERVED.to);
}

/** The next that a field may have. */
export function numberAfter(last: number): number {
  return last === RESERVED.from - 1 ? RESERVED.to + 1 : last + 1;
}
