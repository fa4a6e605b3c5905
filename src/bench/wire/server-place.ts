import { z } from 'zod';
import type { StreamModel } from '../../model/index.js';
import { namesOf } from '../../proto/names/names.js';
import type { Immutable } from '../../results/index.js';

/** How a server that the bench did not start is reached. */
const accessSchema = z.strictObject({
  /** PEM texts; null for no TLS. */
  tls: z
    .strictObject({ ca: z.string().nullable(), cert: z.string().nullable(), key: z.string().nullable() })
    .nullable(),
  token: z.string().nullable(),
});
export interface ServerAccess extends Immutable<z.infer<typeof accessSchema>> {}

/** A server of our own on this machine lets everyone in. */
export const openAccess: ServerAccess = { tls: null, token: null };

/** Full gRPC paths: a model's two streams and its partitions, and the ways to read that it is compared with. */
export const methodsSchema = z.strictObject({
  rows: z.string(),
  batches: z.string(),
  partition: z.string(),
  plain: z.string(),
  legacy: z.string(),
  offset: z.string(),
});

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** Where a server is, and how it is asked. */
export const serverPlaceSchema = z.strictObject({
  address: z.string(),
  methods: methodsSchema,
  access: accessSchema,
  /** Members of a request for each other order and each filter that is read. */
  queries: z.record(z.string(), bytes).exactOptional(),
});
export type ServerPlace = Readonly<z.infer<typeof serverPlaceSchema>>;

/** Full gRPC paths of a model's generated service, by the service's full name. */
export function streamMethods(service: string, model: Pick<StreamModel, 'name' | 'api'>) {
  const { streamRows, streamBatches, partitionTable } = namesOf(model);
  return {
    rows: `/${service}/${streamRows.method}`,
    batches: `/${service}/${streamBatches.method}`,
    partition: `/${service}/${partitionTable.method}`,
  };
}

/** Full gRPC paths of the ways to read that a stream is compared with. */
export const baselineMethods = {
  plain: '/grpcstream.bench.v1.Baselines/Plain',
  legacy: '/grpcstream.bench.v1.Baselines/Legacy',
  offset: '/grpcstream.bench.v1.Baselines/Offset',
} as const;
