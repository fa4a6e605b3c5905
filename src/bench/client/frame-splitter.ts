/** Frames of HTTP/2, by RFC 9113. */
export const HEAD_BYTES = 9;
export const DATA = 0;
export const WINDOW_UPDATE = 8;
export const END_STREAM = 1;
export const PADDED = 8;

/** The nine bytes before a frame's payload. */
export interface FrameHead {
  /** As they came; overwritten by the next frame's. */
  readonly bytes: Buffer;
  readonly payloadBytes: number;
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

/** What is done with the frames of a connection, one after another. */
export interface FrameHandler {
  begin(head: FrameHead): void;
  payload(piece: Buffer): void;
  end(head: FrameHead): void;
}

/** Splits the bytes of one direction into frames, wherever the pieces that they come in begin and end. */
export class FrameSplitter {
  private readonly handler: FrameHandler;
  private readonly bytes = Buffer.alloc(HEAD_BYTES);
  private headBytes = 0;
  private head: FrameHead | undefined;
  private payloadBytes = 0;
  private toSkip: number;

  /** @param toSkip How many bytes come before the first frame. */
  constructor(handler: FrameHandler, toSkip = 0) {
    this.handler = handler;
    this.toSkip = toSkip;
  }

  feed(piece: Buffer): void {
    let at = Math.min(piece.length, this.toSkip);
    this.toSkip -= at;
    while (at < piece.length) at = this.head ? this.feedPayload(this.head, piece, at) : this.feedHead(piece, at);
  }

  private feedHead(piece: Buffer, from: number): number {
    const to = Math.min(piece.length, from + HEAD_BYTES - this.headBytes);
    this.headBytes += piece.copy(this.bytes, this.headBytes, from, to);
    if (this.headBytes === HEAD_BYTES) this.begin();
    return to;
  }

  private begin(): void {
    const { bytes } = this;
    this.headBytes = 0;
    this.payloadBytes = bytes.readUIntBE(0, 3);
    const [type, flags, stream] = [bytes.readUInt8(3), bytes.readUInt8(4), bytes.readUInt32BE(5) & 0x7fff_ffff];
    const head = { bytes, payloadBytes: this.payloadBytes, type, flags, stream };
    this.head = head;
    this.handler.begin(head);
    if (head.payloadBytes === 0) this.end(head);
  }

  private feedPayload(head: FrameHead, piece: Buffer, from: number): number {
    const to = Math.min(piece.length, from + this.payloadBytes);
    this.handler.payload(piece.subarray(from, to));
    this.payloadBytes -= to - from;
    if (this.payloadBytes === 0) this.end(head);
    return to;
  }

  private end(head: FrameHead): void {
    this.head = undefined;
    this.handler.end(head);
  }
}
