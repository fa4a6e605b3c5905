/** Takes gRPC's frames apart, by the specification. */
export function unframe(blocks: Uint8Array): Buffer[] {
  const bytes = Buffer.from(blocks);
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== 0) throw new Error(`compressed flag ${bytes[at]} at ${at}`);
    const length = bytes.readUInt32BE(at + 1);
    if (at + 5 + length > bytes.length) throw new Error(`a frame of ${length} bytes at ${at} goes past the end`);
    messages.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return messages;
}
