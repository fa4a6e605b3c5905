import { setImmediate as turn } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import { iterableSource, keysetSource, streamQuery } from '../../src/runtime/index.js';
import { fakeCall, inMemoryDelegate } from '../../src/testing/index.js';

const query = iterableSource(['item1', 'item2', 'item3']);

describe('fakeCall', () => {
  // The example that enhanced streaming came with: a query set of three, a context that is cancelled at the second look.
  it('lets a handler be tested that is cancelled after one item', async () => {
    const call = fakeCall({ cancelledAnswers: [false, true] });

    const messages: string[] = [];
    for await (const message of streamQuery({
      query,
      toMessage: (row) => row,
      call,
      cancellationCheckInterval: 1,
    })) {
      messages.push(message);
    }

    expect(messages).toHaveLength(1);
  });

  it('cancels after the client has taken a number of messages', async () => {
    const book = inMemoryDelegate([
      { id: 1, title: 'Emma' },
      { id: 2, title: 'Persuasion' },
      { id: 3, title: 'Sanditon' },
    ]);
    const call = fakeCall({ request: {}, cancelAfter: 1 });
    for await (const message of streamQuery({
      query: keysetSource({ delegate: book, key: [{ field: 'id' }] }),
      toMessage: ({ title }) => ({ title }),
      call,
      cancellationCheckInterval: 1,
    })) {
      call.write(message);
    }
    expect(call.messages).toEqual([{ title: 'Emma' }]);
    expect(call.cancelled).toBe(true);
    expect(await call.ended).toEqual({ code: Status.CANCELLED, name: 'CANCELLED', details: 'cancelled' });
  });

  it('shows a cancellation only when the event loop turns, as grpc-js does', async () => {
    const call = fakeCall({ cancelAfter: 1 });
    const cancelled = vi.fn();
    call.on('cancelled', cancelled);
    call.write('a');
    await Promise.resolve();
    expect(call.cancelled).toBe(false);
    await turn();
    expect(call.cancelled).toBe(true);
    expect(cancelled).toHaveBeenCalledOnce();
    expect(call.destroyed).toBe(true);
  });

  it('stops reading after a number of messages, until it is released', async () => {
    const call = fakeCall({ holdAfter: { messages: 2 } });
    const taken = vi.fn();
    let hasRoom = true;
    for (let id = 1; id <= 20; id++) hasRoom = call.write(id, taken);
    await turn();
    expect(call.messages).toEqual([1, 2]);
    expect(call.heldMessages).toBe(18);
    expect(hasRoom).toBe(false);
    expect(taken).toHaveBeenCalledTimes(2);
    const drained = new Promise((resolve) => call.once('drain', resolve));
    call.release();
    await drained;
    expect(call.messages).toHaveLength(20);
    expect(call.heldMessages).toBe(0);
  });

  it('stops reading after a number of bytes', async () => {
    const call = fakeCall({ holdAfter: { bytes: 250 } });
    for (let count = 0; count < 10; count++) call.write(Buffer.alloc(100));
    await turn();
    expect(call.messages).toHaveLength(3);
  });

  it('does not call back for messages that a client that has left never takes', async () => {
    const call = fakeCall({ holdAfter: { messages: 0 } });
    const taken = vi.fn();
    const drained = vi.fn();
    call.on('drain', drained);
    for (let id = 1; id <= 20; id++) call.write(id);
    call.write(21, taken);
    call.cancel();
    await turn();
    call.release();
    await turn();
    expect(call.messages).toEqual([]);
    expect(drained).not.toHaveBeenCalled();
    expect(taken.mock.calls.filter(([error]) => !error)).toEqual([]);
  });

  it('ends with OK, and announces the end as a cancellation, as grpc-js does', async () => {
    const call = fakeCall();
    const cancelled = vi.fn();
    call.on('cancelled', cancelled);
    call.write('a');
    call.end();
    expect(await call.ended).toEqual({ code: Status.OK, name: 'OK', details: 'OK' });
    await turn();
    await turn();
    expect(cancelled).toHaveBeenCalledOnce();
    expect(call.status?.name).toBe('OK');
  });

  it('delivers a status that is emitted as an error only after the queued messages', async () => {
    const call = fakeCall({ holdAfter: { messages: 1 } });
    call.write('a');
    call.write('b');
    call.emit('error', { code: Status.ABORTED, details: 'try again' });
    await turn();
    expect(call.status).toBeUndefined();
    call.release();
    expect(await call.ended).toEqual({ code: Status.ABORTED, name: 'ABORTED', details: 'try again' });
    expect(call.messages).toEqual(['a', 'b']);
  });

  it('has the methods of a call that a handler may use', () => {
    const deadline = new Date(0);
    const call = fakeCall({ request: { limit: 5 }, deadline, metadata: { tenant: 'a' }, path: 'a.B/C' });
    expect(call.request).toEqual({ limit: 5 });
    expect(call.getDeadline()).toBe(deadline);
    expect(call.metadata.get('tenant')).toEqual(['a']);
    expect(call.getPath()).toBe('/a.B/C');
    expect(fakeCall().getDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  it('decodes messages that are written as bytes with the given function', async () => {
    const call = fakeCall({ decode: (bytes) => Buffer.from(bytes).toString() });
    call.write(Buffer.from('Emma') as never);
    await turn();
    expect(call.messages).toEqual(['Emma']);
  });
});
