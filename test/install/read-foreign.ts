import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';

/** Reads the keys of a model's rows as a foreign consumer does: from the `.proto` files alone, decoded by another library. */
export async function readForeign(protoDir: string, model: string, address: string): Promise<number[]> {
  const [file = ''] = (await readdir(protoDir, { recursive: true })).filter((path) =>
    path.endsWith(`/${model.toLowerCase()}.proto`),
  );
  const definition = await load(join(protoDir, file), { includeDirs: [protoDir], longs: Number });
  const name = Object.keys(definition).find((each) => each.endsWith(`.${model}StreamService`));
  if (name === undefined) throw new Error(`${file} has no service of ${model}`);
  const service = name
    .split('.')
    .reduce((found: unknown, part) => member(found, part), loadPackageDefinition(definition));
  if (typeof service !== 'function') throw new Error(`${name} is no service`);
  const client = Reflect.construct(service, [address, credentials.createInsecure()]);
  try {
    const keys: number[] = [];
    for await (const row of client[`Stream${model}s`]({})) keys.push(row.id);
    return keys;
  } finally {
    client.close();
  }
}

function member(value: unknown, name: string): unknown {
  return value instanceof Object ? Reflect.get(value, name) : undefined;
}
