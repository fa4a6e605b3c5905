import { Client, type ClientReadableStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { BenchError } from '../errors/index.js';
import type { BenchSetting } from '../model/index.js';
import type { ClientReading } from './executor.js';
import type { StreamMethods } from './protocol.js';
import { startStreamMeter } from './stream-meter.js';
import { encodeStreamRequest } from './stream-request.js';

/** A gRPC client that takes messages as bytes: decoding would make the client the bottleneck that is measured. */
export interface RawClient {
  /** Reads a stream to its end. */
  read(setting: BenchSetting, limit: number | null): Promise<ClientReading>;
  /** Reads until so many rows have come, then cancels. */
  leave(setting: BenchSetting, afterRows: number): Promise<{ receivedRows: number; cancelledAt: bigint }>;
  close(): void;
}

/** A stream that takes longer hangs. */
const DEADLINE_MS = 10 * 60_000;

/** Larger than any batch that a server is configured to send. */
const MAX_MESSAGE_BYTES = 1024 * 1024 * 1024;

/** Connects before the first stream, so that no stream pays for it. */
export async function openRawClient(address: string, methods: StreamMethods): Promise<RawClient> {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  });
  await connected(client, address);
  const open = (setting: BenchSetting, limit: number | null) =>
    client.makeServerStreamRequest(
      methods[setting.mode],
      (request: Buffer) => request,
      (message: Buffer) => message,
      encodeStreamRequest(setting, { limit }),
      { deadline: Date.now() + DEADLINE_MS },
    );
  return {
    read: (setting, limit) => readToEnd(open, setting, limit),
    leave: (setting, afterRows) => readAndLeave(open, setting, afterRows),
    close: () => client.close(),
  };
}

type Open = (setting: BenchSetting, limit: number | null) => ClientReadableStream<Buffer>;

const CONNECT_MS = 10_000;

function connected(client: Client, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_MS, (error) => {
      if (!error) return resolve();
      reject(new BenchError('bench.unreachable', `the server at ${address} did not answer: ${error.message}`));
    });
  });
}

function readToEnd(open: Open, setting: BenchSetting, limit: number | null): Promise<ClientReading> {
  return new Promise((resolve, reject) => {
    const meter = startStreamMeter(setting.mode);
    const call = open(setting, limit);
    call.on('data', (message: Buffer) => meter.receive(message));
    call.once('error', (error: ServiceError) => reject(streamFailed(error)));
    call.once('end', () => resolve(meter.finish()));
  });
}

function readAndLeave(open: Open, setting: BenchSetting, afterRows: number) {
  return new Promise<{ receivedRows: number; cancelledAt: bigint }>((resolve, reject) => {
    const meter = startStreamMeter(setting.mode);
    const call = open(setting, null);
    let left: { receivedRows: number; cancelledAt: bigint } | undefined;
    call.on('data', (message: Buffer) => {
      if (left) return;
      meter.receive(message);
      if (meter.rows < afterRows) return;
      left = { receivedRows: meter.rows, cancelledAt: process.hrtime.bigint() };
      call.cancel();
    });
    call.once('error', (error: ServiceError) =>
      left && error.code === status.CANCELLED ? resolve(left) : reject(streamFailed(error)),
    );
    call.once('end', () => {
      if (!left) reject(new BenchError('bench.ended_early', `the stream ended before its row ${afterRows}`));
      else resolve(left);
    });
  });
}

function streamFailed({ code, details }: ServiceError): BenchError {
  return new BenchError('bench.stream_failed', `a stream failed with ${status[code]}: ${details}`, {
    nextActions: ['run with --verbose to see the server’s side'],
  });
}
