import type { Writable } from 'node:stream';

/** Where lines of the log go. */
export interface LogDestination {
  write(line: string): void;
}

/** Lines for people on a terminal, JSON everywhere else. */
export async function logDestination(): Promise<LogDestination> {
  if (!process.stderr.isTTY) return droppingDestination(process.stderr);
  const { default: pretty } = await import('pino-pretty');
  return pretty({ destination: process.stderr.fd, sync: true, ignore: 'pid,hostname,name' });
}

/** Some ten thousand lines. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** A pipe whose reader is slow keeps what it was given in memory: past a bound lines are dropped, and counted. */
export function droppingDestination(
  stream: Pick<Writable, 'write' | 'writableLength'>,
  mostWaitingBytes = MOST_WAITING_BYTES,
): LogDestination {
  let dropped = 0;
  return {
    write(line) {
      if (stream.writableLength > mostWaitingBytes) {
        dropped++;
        return;
      }
      if (dropped > 0) stream.write(droppedLine(dropped));
      dropped = 0;
      // As bytes: the parts that a text is joined from would take several times as much.
      stream.write(Buffer.from(line));
    },
  };
}

/** As pino writes a warning. */
function droppedLine(lines: number): string {
  const fields = { level: 40, time: Date.now(), pid: process.pid, name: 'grpc-stream.log', lines };
  return `${JSON.stringify({ ...fields, msg: 'lines were dropped: the log is not read as fast as it is written' })}\n`;
}
