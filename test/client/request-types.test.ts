import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, linkedProject, runNode, tsc } from '../support/linked-project.js';

/** Each line behind a directive must be wrong: a directive above a line that compiles is an error too. */
const PROGRAM = `
import { createClients } from './grpc/generated/client.js';

import { BookSortOrder } from './grpc/generated/library/v1/book.js';

const clients = createClients('localhost:1');
clients.book.stream({ filter: { title: { startsWith: 'a' } } });
clients.book.stream({ filter: { or: [{ pages: { gte: 100 } }, { not: { title: { in: ['a', 'b'] } } }] }, limit: 10 });
clients.book.stream({ readMask: ['title'], after: { id: 7 }, chunkSize: 100, settled: true });
clients.book.stream({ readMask: ['published_at', 'author_id'], order: BookSortOrder.ISBN_DESC });
clients.book.streamBooks({ filter: { publishedAt: { lt: new Date() } }, limit: 10n });
// @ts-expect-error a field that the model does not have
clients.book.stream({ filter: { titel: { startsWith: 'a' } } });
// @ts-expect-error an operator that texts do not have
clients.book.stream({ filter: { title: { begins: 'a' } } });
// @ts-expect-error a value of another type
clients.book.stream({ filter: { pages: { gte: 'many' } } });
// @ts-expect-error a field that the model does not have
clients.book.stream({ readMask: ['titel'] });
// @ts-expect-error the name of a field in messages, not in the proto
clients.book.stream({ readMask: ['publishedAt'] });
// @ts-expect-error an order that no index serves
clients.book.stream({ order: BookSortOrder.PAGES_ASC });
// @ts-expect-error the name of a field, which is no order
clients.book.stream({ order: 'isbn' });
// @ts-expect-error a position of another type
clients.book.stream({ after: { id: 'seven' } });
// @ts-expect-error a position by another column
clients.book.stream({ after: { titel: 'a' } });
`;

const REQUEST = `
import { StreamBooksRequest } from './src/grpc/generated/library/v1/book.ts';
const request = StreamBooksRequest.fromPartial({ filter: { title: { startsWith: 'a' } } });
const { filter } = StreamBooksRequest.decode(StreamBooksRequest.encode(request).finish());
console.log(JSON.stringify(filter.title));
`;

describe('a request', () => {
  it('may leave out any part of a filter, names only what the model has, and is sent with the parts that it has', async () => {
    const project = await linkedProject('sqlite');
    await runNode(project, [cli, 'generate', '--quiet']);
    await writeFile(join(project, 'src/requests.ts'), PROGRAM);
    expect(await runNode(project, [tsc, '--noEmit', '-p', '.'])).toBe('');
    const filter = await runNode(project, ['--import', 'tsx', '--input-type=module', '-e', REQUEST]);
    expect(JSON.parse(filter)).toMatchObject({ startsWith: 'a', in: [] });
  });
});
