import type { SqlReaderFactory } from './driver-adapter.js';

/**
 * The driver adapter that a Prisma client was made with. The client keeps it under a name that is not public; undefined for what looks
 * different, or stands in for a client.
 */
export function clientAdapterOf(prisma: object): SqlReaderFactory | undefined {
  const config: unknown = Reflect.get(prisma, '_engineConfig');
  const adapter: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, 'adapter') : undefined;
  return isAdapter(adapter) ? adapter : undefined;
}

function isAdapter(value: unknown): value is SqlReaderFactory {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'connect') === 'function';
}
