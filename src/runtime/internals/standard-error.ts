import type { Internal } from './internal.js';

// Node does not document the handle of a stream. Its methods are as old as Node's streams, and many programs call them.

/**
 * Makes writes to a pipe return at once, also when nobody reads it. Node does so when it opens a standard stream. But each child that inherits
 * the pipe undoes it for all processes that share the pipe, and from then on a full pipe stops them: so call it before each write.
 *
 * Does nothing for files, which have no reader to wait for, and for terminals.
 */
export function neverBlock(stream: object): void {
  pipeOf(stream)?.setBlocking(false);
}

/** Closes a pipe with all that waits in it: what nobody reads would keep the process alive. Later writes fail. */
export function closeUnread(stream: object): void {
  pipeOf(stream)?.close();
}

/** Checks a pipe for the parts that are used here. */
export function pipeInternals(pipe: object): Internal {
  return {
    name: 'the handle of a pipe',
    works: pipeOf(pipe) !== undefined,
    means: 'a log that stops nobody when it is not read',
  };
}

interface PipeHandle {
  setBlocking(on: boolean): void;
  close(): void;
}

function pipeOf(stream: object): PipeHandle | undefined {
  const handle: unknown = Reflect.get(stream, '_handle');
  return Reflect.get(stream, 'isTTY') !== true && isPipeHandle(handle) ? handle : undefined;
}

function isPipeHandle(handle: unknown): handle is PipeHandle {
  if (!(handle instanceof Object)) return false;
  return ['setBlocking', 'close'].every((name) => typeof Reflect.get(handle, name) === 'function');
}
