import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';

/** A Prisma driver adapter factory, such as `new PrismaBetterSqlite3({ url })`. */
export type DatabaseAdapter = SqlDriverAdapterFactory;

/** Whether a value of somebody else's module is a driver adapter factory. */
export function isDatabaseAdapter(value: unknown): value is DatabaseAdapter {
  return (
    value instanceof Object &&
    typeof Reflect.get(value, 'connect') === 'function' &&
    typeof Reflect.get(value, 'provider') === 'string'
  );
}
