import type { Client } from '@grpc/grpc-js';
import { InternalError, UsageError } from '../errors/index.js';
import { type GenericServiceDefinition, serviceDefinition } from '../runtime/index.js';
import { type CalledMethod, callOnce, openStream, type StreamCallOptions } from './calls.js';
import type { KeyTypes } from './key-json.js';

/** What the generator knows of a model's service, for its client: names, and the columns of its key message. */
export interface ServiceFacts {
  readonly definition: GenericServiceDefinition;
  /** The method that streams a row a message. */
  readonly rows: string;
  /** The method that streams many rows a message. */
  readonly batches: string;
  /** The field that holds the rows of such a message. */
  readonly batchField: string;
  /** The method that splits the table. */
  readonly partitions?: string;
  readonly key: KeyTypes;
}

/** Streams the rows of each message, from either of the methods that stream them. */
export async function* callForRows(
  { definition, rows, batchField }: ServiceFacts,
  name: string,
  channel: Client,
  request: object,
  options: StreamCallOptions & { readonly onBytes: (bytes: number) => void },
): AsyncGenerator<readonly object[], void, undefined> {
  const { method, messageOf } = methodOf(definition, name);
  const counted: CalledMethod = {
    ...method,
    responseDeserialize(bytes) {
      options.onBytes(bytes.length);
      return method.responseDeserialize(bytes);
    },
  };
  for await (const message of openStream(channel, counted, messageOf(request), options)) {
    yield name === rows ? [objectOf(message)] : listIn(message, batchField);
  }
}

/** Asks the server to split the table. */
export async function callForPartitions(
  { definition, partitions = '' }: ServiceFacts,
  channel: Client,
  request: object,
  options: StreamCallOptions,
): Promise<readonly object[]> {
  const { method, messageOf } = methodOf(definition, partitions);
  return listIn(await callOnce(channel, method, messageOf(request), options), 'partitions');
}

function methodOf(definition: GenericServiceDefinition, name: string) {
  const method = serviceDefinition(definition)[name];
  const codec = definition.methods[name]?.requestType;
  const fromPartial: unknown = codec && Reflect.get(codec, 'fromPartial');
  if (!method || typeof fromPartial !== 'function')
    throw new InternalError(`${definition.fullName} has no method ${name}; run \`npx grpc-stream generate\``);
  return {
    method,
    messageOf(request: object): unknown {
      const message: unknown = fromPartial(request);
      assertKnown(request, message);
      return message;
    },
  };
}

function listIn(message: unknown, field: string): readonly object[] {
  const list: unknown = Reflect.get(objectOf(message), field);
  if (!Array.isArray(list)) throw new InternalError(`a message without ${field}; run \`npx grpc-stream generate\``);
  return list;
}

function objectOf(message: unknown): object {
  if (message instanceof Object) return message;
  throw new InternalError('a message that is no object');
}

/**
 * Refuses a request with a member that its message does not have: a codec leaves it out in silence, and a filter that is left out lets
 * every row through.
 *
 * @throws UsageError that names the member.
 */
export function assertKnown(given: unknown, message: unknown, path = ''): void {
  if (!isRecord(given) && !Array.isArray(given)) return;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const place = path === '' ? name : `${path}.${name}`;
    if (!(message instanceof Object) || !(name in message)) {
      throw new UsageError('client.request', `the request has no ${place}`, {
        nextActions: ['look at the .proto file for what can be asked for'],
      });
    }
    assertKnown(value, Reflect.get(message, name), place);
  }
}

/** Unlike a date or bytes. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value instanceof Object && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
