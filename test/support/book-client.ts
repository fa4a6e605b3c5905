import { join } from 'node:path';
import {
  type CallOptions,
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  type StatusObject,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A client that knows nothing of this package but the `.proto` file of a project. */
export interface BookClient {
  open(method: BookMethod, request?: object, options?: CallOptions): ClientReadableStream<unknown>;
  /** Reads to the end, whatever that is. */
  read(request?: object): Promise<{ readonly ids: number[]; readonly status: StatusObject }>;
  partition(count: number, options?: CallOptions): Promise<{ readonly partitions: readonly object[] }>;
  close(): void;
}

export type BookMethod = 'streamBooks' | 'streamBookBatches';

export function bookClient(folder: string, address: string): BookClient {
  const client = clientOf(folder, address);
  const open: BookClient['open'] = (method, request = {}, options = {}) =>
    Reflect.get(client, method).call(client, request, options);
  return {
    open,
    read(request) {
      const stream = open('streamBooks', request);
      const ids: number[] = [];
      stream.on('data', (row: { readonly id: number }) => ids.push(row.id));
      stream.on('error', () => {});
      return new Promise((resolve) => stream.on('status', (status) => resolve({ ids, status })));
    },
    partition: (count, options = {}) =>
      new Promise((resolve, reject) => {
        Reflect.get(client, 'partitionBooks').call(
          client,
          { count },
          options,
          (error: Error | null, response: never) => (error ? reject(error) : resolve(response)),
        );
      }),
    close: () => client.close(),
  };
}

function clientOf(folder: string, address: string): Client {
  const proto = loadSync('library/v1/book.proto', {
    includeDirs: [join(folder, 'proto')],
    longs: String,
    enums: String,
    defaults: false,
  });
  const loaded = loadPackageDefinition(proto) as unknown as {
    library: { v1: { BookStreamService: new (address: string, credentials: unknown) => Client } };
  };
  return new loaded.library.v1.BookStreamService(address, credentials.createInsecure());
}
