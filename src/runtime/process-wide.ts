/**
 * Makes an object once in the process, for all copies of this module. The command line loads a project's code through a separate module
 * loader, and with it another copy of this package: one copy must find what the other has opened or set.
 */
export function processWide<T extends object>(name: string, Type: new () => T): T {
  const key = Symbol.for(`grpc-stream.${name}`);
  const known: unknown = Reflect.get(globalThis, key);
  if (known instanceof Type) return known;
  const made = new Type();
  Reflect.set(globalThis, key, made);
  return made;
}
