import { z } from 'zod';
import { EnvironmentError, messageOf } from '../../errors/index.js';
import type { SqlReaderFactory, StreamService, StreamServiceOptions } from '../../runtime/index.js';
import type { GeneratedModules } from './protocol.js';

const callable = <Shape>(what: string) => z.custom<Shape>((value) => typeof value === 'function', `${what} is missing`);

const servicesModule = z.object({
  createServices: callable<(options: StreamServiceOptions<unknown>) => readonly StreamService[]>('createServices'),
});

const databaseModule = z.object({
  createPrisma: callable<() => PrismaLike>('createPrisma'),
  createAdapter: callable<() => SqlReaderFactory>('createAdapter'),
});

/** A message's codec, as ts-proto writes it. */
const codec = z.object({ encode: callable<(message: unknown) => { finish(): Uint8Array }>('encode') });

/** What the bench uses of a Prisma client by itself. */
export interface PrismaLike {
  $disconnect(): Promise<void>;
  $queryRawUnsafe(query: string): Promise<unknown>;
}

/** `<output>/generated/services`. */
export function loadServices({ services }: GeneratedModules) {
  return load(services, servicesModule);
}

/** `<output>/database`, which reads DATABASE_URL. */
export function loadDatabase({ database }: GeneratedModules) {
  return load(database, databaseModule);
}

/** The codec of one message, by its name. */
export async function loadCodec({ messages }: GeneratedModules, message: string) {
  const found = await load(messages, z.object({ [message]: codec }));
  return codec.parse(found[message]);
}

async function load<Shape>(url: string, shape: z.ZodType<Shape>): Promise<Shape> {
  try {
    return shape.parse(await import(url));
  } catch (cause) {
    throw new EnvironmentError('bench.no_generated_code', `${url} cannot be loaded: ${reasonOf(cause)}`, {
      cause,
      nextActions: ['run `npx grpc-stream generate`, then the bench again'],
    });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof z.ZodError ? cause.issues.map((issue) => issue.message).join('; ') : messageOf(cause);
}
