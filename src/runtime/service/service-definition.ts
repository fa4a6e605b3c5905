import { BinaryReader, type BinaryWriter } from '@bufbuild/protobuf/wire';
import type { ChannelOptions, ServiceDefinition } from '@grpc/grpc-js';
import { decodeRequest } from '../request/bad-request.js';

/** A message as ts-proto generates it. */
export interface GeneratedMessage {
  encode(message: never, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): unknown;
}

/** A service as ts-proto's `generic-definitions` describe it: names and codecs, without a transport. */
export interface GenericServiceDefinition {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, GenericMethodDefinition>>;
}

export interface GenericMethodDefinition {
  readonly name: string;
  readonly requestType: GeneratedMessage;
  readonly requestStream: boolean;
  readonly responseType: GeneratedMessage;
  readonly responseStream: boolean;
}

/** Converts it to the form that grpc-js takes. */
export function serviceDefinition(service: GenericServiceDefinition): ServiceDefinition {
  return converted(service, (message, bytes) => message.decode(bytes));
}

/** The same for a service whose codecs are generated: it refuses requests with texts that are none. */
export function generatedDefinition(service: GenericServiceDefinition): ServiceDefinition {
  return converted(service, (message, bytes) => message.decode(new BinaryReader(bytes, textOf)));
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Other bytes than text would become replacement characters, and a filter would ask for another text than the client's. */
function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Error('a text is not valid UTF-8');
  }
}

function converted(
  { fullName, methods }: GenericServiceDefinition,
  decode: (message: GeneratedMessage, bytes: Buffer) => unknown,
): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(methods).map(([property, method]) => [
      property,
      {
        path: `/${fullName}/${method.name}`,
        requestStream: method.requestStream,
        responseStream: method.responseStream,
        requestSerialize: serializer(method.requestType),
        requestDeserialize: (bytes: Buffer) => decodeRequest(() => decode(method.requestType, bytes)),
        responseSerialize: serializer(method.responseType),
        responseDeserialize: (bytes: Buffer) => method.responseType.decode(bytes),
        originalName: property,
      },
    ]),
  );
}

/** The stream has already encoded bytes; anything else is a message. */
function serializer(message: GeneratedMessage): (value: unknown) => Buffer {
  return (value) => {
    const bytes = value instanceof Uint8Array ? value : message.encode(value as never).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

/**
 * Options of grpc-js's `Server` for long streams: keepalive is off by default, and the stream of a client whose machine died would never end.
 */
export const serverChannelOptions: ChannelOptions = Object.freeze({
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.max_concurrent_streams': 1000,
  'grpc.max_receive_message_length': 1024 * 1024,
});
