/**
 * The field numbers of the messages that are alike for every model: requests, partitions and batches. The proto is written from them, and
 * who encodes or decodes such a message by hand reads them here. They never change.
 */
export const wireNumbers = {
  /** `Stream…sRequest` and `Stream…BatchesRequest`: what both have is the same in both. */
  streamRequest: {
    filter: 1,
    readMask: 2,
    order: 3,
    limit: 4,
    after: 5,
    partition: 6,
    consistency: 7,
    chunkSize: 8,
    checkInterval: 9,
    batchSize: 10,
    settled: 11,
  },
  /** `Stream…BatchesResponse`. */
  batch: { rows: 1 },
  /** `Partition…Request`. */
  partitionRequest: { count: 1, filter: 2 },
  /** `Partition…Response`. */
  partitionResponse: { partitions: 1 },
  /** A range of the key. */
  partition: { after: 1, upTo: 2 },
  /** The values of the enum `Consistency`. */
  consistency: { unspecified: 0, chunked: 1, snapshot: 2 },
} as const;

/** Protobuf's wire types. */
export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
