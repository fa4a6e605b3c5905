import { createClients } from './grpc/generated/client.js';

/**
 * Prints the first ten books that the server streams, and goes on by itself if the connection breaks: `npm run serve` in one terminal,
 * `npm run client` in another.
 */
async function printBooks(): Promise<void> {
  const clients = createClients(process.env.GRPC_ADDRESS ?? '127.0.0.1:50051');
  try {
    for await (const book of clients.book.stream({ limit: 10 })) {
      process.stdout.write(`${book.id}\t${book.title}\n`);
    }
  } finally {
    clients.close();
  }
}

void printBooks();
