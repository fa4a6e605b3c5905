import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inMemoryDelegate, startLoopbackServer } from '@grpc-stream/runtime/testing';
import { createClients } from '../src/grpc/generated/client.js';
import { createServices } from '../src/grpc/generated/services.js';

const authors = [{ id: 1, email: 'jane@example.com', name: 'Jane Austen' }];

const books = Array.from({ length: 2500 }, (_, index) => ({
  id: index + 1,
  isbn: `isbn-${index + 1}`,
  title: `Book ${index + 1}`,
  summary: null,
  pages: 100 + (index % 400),
  rating: index % 2 === 0 ? 4.5 : null,
  sold: BigInt(index),
  status: 'PUBLISHED',
  publishedAt: new Date('1815-12-23T00:00:00Z'),
  authorId: 1,
}));

/** A real server and a real client on a free port; only the database is pretended. */
async function serveBooks() {
  const prisma = { author: inMemoryDelegate(authors), book: inMemoryDelegate(books) };
  const server = await startLoopbackServer(createServices({ prisma }));
  const clients = createClients(server.address);
  const close = async () => {
    clients.close();
    await server.close();
  };
  return { prisma, clients, close };
}

test('streams every book once, in the order of its key', async () => {
  const { clients, close } = await serveBooks();
  try {
    const ids: number[] = [];
    for await (const book of clients.book.streamBooks()) ids.push(book.id);
    assert.deepEqual(
      ids,
      books.map(({ id }) => id),
    );
  } finally {
    await close();
  }
});

test('reads the table a chunk at a time, and stops when the client leaves', async () => {
  const { prisma, clients, close } = await serveBooks();
  try {
    for await (const book of clients.book.streamBooks({ chunkSize: 100 })) {
      if (book.id === 10) break;
    }
    assert.ok(prisma.book.queries.length > 0);
    assert.ok(prisma.book.queries.every(({ take }) => take !== undefined && take <= 100));
  } finally {
    await close();
  }
});
