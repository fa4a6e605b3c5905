/**
 * A map that all copies of this module in the process share. The command line loads a project's code, and with it another copy of this
 * package, through a loader of its own: what the one has opened or set the other must find.
 */
export function processWide<K extends WeakKey, V>(name: string): WeakMap<K, V> {
  const key = Symbol.for(`grpc-stream.${name}`);
  const known: unknown = Reflect.get(globalThis, key);
  if (known instanceof WeakMap) return known;
  const map = new WeakMap<K, V>();
  Reflect.set(globalThis, key, map);
  return map;
}
