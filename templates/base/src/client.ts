import { createClients } from './grpc/generated/client.js';

/** Prints the first ten books that the server streams: `npm run serve` in one terminal, `npm run client` in another. */
const clients = createClients(process.env.GRPC_ADDRESS ?? '127.0.0.1:50051');

try {
  for await (const book of clients.book.streamBooks({ limit: 10n })) {
    process.stdout.write(`${book.id}\t${book.title}\n`);
  }
} finally {
  clients.close();
}
