/** Calls what is not ours: it must not harm the stream, by what it throws no more than by a promise that is rejected later. */
export function tellSafely(tell: () => unknown, complain: (err: unknown) => void): void {
  try {
    const told = tell();
    if (told instanceof Promise) told.catch((err: unknown) => complainSafely(complain, err));
  } catch (err) {
    complainSafely(complain, err);
  }
}

function complainSafely(complain: (err: unknown) => void, err: unknown): void {
  try {
    complain(err);
  } catch {
    // It is the logger itself that fails: there is nobody left to tell.
  }
}
