/**
 * A thing of which there is one in the process, whichever copy of this module asks for it. The command line loads a project's code, and
 * with it another copy of this package, through a loader of its own: what the one has opened or set the other must find.
 */
export function processWide<T extends object>(name: string, Type: new () => T): T {
  const key = Symbol.for(`grpc-stream.${name}`);
  const known: unknown = Reflect.get(globalThis, key);
  if (known instanceof Type) return known;
  const made = new Type();
  Reflect.set(globalThis, key, made);
  return made;
}
