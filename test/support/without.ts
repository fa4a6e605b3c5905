/** An object as another version of its package might have it: without a property. Methods are those of the object itself. */
export function without<T extends object>(target: T, property: string): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = name === property ? undefined : Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
