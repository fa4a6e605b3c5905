import { Client, credentials, type ServiceError, status as Status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StreamService } from '../../src/runtime/index.js';
import { startLoopbackServer } from '../../src/testing/index.js';
import { openPosts } from '../support/hooked-roads.js';
import type { Project } from '../support/open-project.js';

let project: Project;
beforeAll(async () => {
  project = await openPosts();
});
afterAll(() => project?.close());

it.each([
  ['0xff', [0xff, 0xfe]],
  ['half a surrogate', [0xed, 0xa0]],
  ['a letter that is cut off', [0x61, 0xc3]],
])('a text that is not UTF-8 is refused: %s', async (_what, bytes) => {
  expect(await answerTo(bytes)).toMatchObject({
    code: Status.INVALID_ARGUMENT,
    details: 'the request cannot be read: a text is not valid UTF-8',
  });
});

it('a text of any UTF-8 is not', async () => {
  expect(await answerTo([...Buffer.from('é')])).toMatchObject({ code: Status.OK });
});

/** How a stream ends whose filter has a text of these two bytes. */
async function answerTo(bytes: readonly number[]): Promise<Partial<ServiceError>> {
  type Codec = { encode(message: object): { finish(): Uint8Array }; fromPartial(request: object): object };
  const { prisma, adapter, code } = project;
  const createServices = await code.load<(options: object) => StreamService[]>('services.ts', 'createServices');
  const codec = await code.load<Codec>('raw/v1/post.ts', 'StreamPostsRequest');
  const request = Buffer.from(codec.encode(codec.fromPartial({ filter: { title: { equals: '~~' } } })).finish());
  Buffer.from(bytes).copy(request, request.indexOf('~~'));
  const server = await startLoopbackServer(createServices({ prisma, adapter }));
  const client = new Client(server.address, credentials.createInsecure());
  const [raw, ignored] = [(sent: Buffer) => sent, () => undefined];
  try {
    const call = client.makeServerStreamRequest('/raw.v1.PostStreamService/StreamPosts', raw, ignored, request);
    return await new Promise((resolve) => {
      call.on('error', () => {});
      call.on('status', resolve);
      call.resume();
    });
  } finally {
    client.close();
    await server.close();
  }
}
