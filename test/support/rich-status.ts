import type { ServiceError } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

/** A `google.rpc.Status`, as a library that knows nothing of this package reads it. */
export interface RichStatus {
  readonly code: number;
  readonly message: string;
  /** Each under its type's name. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Decodes the trailer `grpc-status-details-bin` by google's published definitions; undefined where there is none. */
export function richStatusOf({ metadata }: Pick<ServiceError, 'metadata'>): RichStatus | undefined {
  const [trailer] = metadata.get('grpc-status-details-bin');
  if (!(trailer instanceof Buffer)) return undefined;
  const { code, message, details } = decode('google.rpc.Status', trailer) as {
    code: number;
    message: string;
    details: { typeUrl: string; value: Buffer }[];
  };
  const decoded = details.map(({ typeUrl, value }) => {
    const type = typeUrl.replace('type.googleapis.com/', '');
    return [type, decode(type, value)];
  });
  return { code, message, details: Object.fromEntries(decoded) };
}

const field = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

/** Names as in protobuf's JSON. From github.com/googleapis/googleapis, `google/rpc/status.proto` and `error_details.proto`. */
const GOOGLE_RPC = {
  Status: { fields: { code: field('int32', 1), message: field('string', 2), details: repeated('Detail', 3) } },
  // Any by another name: proto-loader would unpack one that it knows.
  Detail: { fields: { typeUrl: field('string', 1), value: field('bytes', 2) } },
  ErrorInfo: {
    fields: {
      reason: field('string', 1),
      domain: field('string', 2),
      metadata: { keyType: 'string', type: 'string', id: 3 },
    },
  },
  RetryInfo: { fields: { retryDelay: field('Duration', 1) } },
  Duration: { fields: { seconds: field('int64', 1), nanos: field('int32', 2) } },
  BadRequest: { fields: { fieldViolations: repeated('FieldViolation', 1) } },
  FieldViolation: { fields: { field: field('string', 1), description: field('string', 2) } },
};

/** proto-loader decodes what a method returns: each message has one that returns it. */
const decoders = Object.keys(GOOGLE_RPC).map((name) => [name, { requestType: name, responseType: name }]);
const definitions = fromJSON(
  {
    nested: {
      google: { nested: { rpc: { nested: { ...GOOGLE_RPC, Decoders: { methods: Object.fromEntries(decoders) } } } } },
    },
  },
  { longs: Number, defaults: false },
);

function decode(type: string, bytes: Buffer): unknown {
  const method = Reflect.get(definitions['google.rpc.Decoders'] ?? {}, type.replace('google.rpc.', ''));
  if (!method) throw new Error(`no definition of ${type}`);
  return method.responseDeserialize(bytes);
}
