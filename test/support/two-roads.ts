import { defaultStreamingSettings } from '../../src/config/index.js';
import { ByteWriter } from '../../src/runtime/encode/byte-writer.js';
import type { Chunk } from '../../src/runtime/encode/chunk.js';
import type { KeyValues } from '../../src/runtime/index.js';
import type { Source } from '../../src/runtime/rows/chunk-source.js';
import { modelReading, type RowsWanted } from '../../src/runtime/rows/model-reading.js';
import { type Client, openProject, type Project } from './open-project.js';

/** A database whose rows can be read on either road: through Prisma's client, or by SQL through its driver. */
export interface TwoRoads extends Project {
  /** The bytes that a model's rows encode to, read by SQL where that is allowed. */
  bytesBySql(model: string, options?: ReadOptions): Promise<Buffer>;
  bytesByClient(model: string, options?: ReadOptions): Promise<Buffer>;
}

export interface ReadOptions extends Partial<RowsWanted> {
  /** Default: the client itself. */
  readonly client?: Client;
  readonly rawQueries?: boolean;
  /** What happens between the first chunk, of three rows, and the second. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Makes the tables of a schema, its Prisma client and its generated code. */
export async function openTwoRoads(...options: Parameters<typeof openProject>): Promise<TwoRoads> {
  const project = await openProject(...options);
  const { prisma, adapter } = project;
  const bytes = async (
    name: string,
    { client = prisma, rawQueries = true, meanwhile, ...asked }: ReadOptions = {},
  ): Promise<Buffer> => {
    const model = await project.model(name);
    const settings = { ...defaultStreamingSettings, rawQueries };
    const { read } = modelReading(model, { prisma: client as never, adapter }, { settings });
    return bytesOf(read({ ...EVERYTHING, order: model.key, ...asked }), meanwhile);
  };
  return {
    ...project,
    bytesBySql: bytes,
    bytesByClient: (name, options) => bytes(name, { ...options, rawQueries: false }),
  };
}

/** A place in a model of (part, id), taken in every way that SQL of ours can take it. */
export async function manyWays(roads: TwoRoads, name: string, after: KeyValues): Promise<ReadOptions[]> {
  const model = await roads.model(name);
  const [descending = model.key] = [...model.orders.values()].filter((order) => order[0]?.direction === 'desc');
  const fields = model.fields.filter((_, index) => index % 3 === 0 || index < 2);
  return [
    { after },
    { upTo: after },
    { order: descending },
    { order: descending, after },
    { after, upTo: { part: 'é', id: 7 }, fields },
    { limit: 2, fields },
  ];
}

const EVERYTHING = { filter: undefined, fields: undefined, after: undefined, upTo: undefined, limit: undefined };

async function bytesOf(source: Source<Chunk>, meanwhile?: () => Promise<unknown>): Promise<Buffer> {
  const writer = new ByteWriter();
  let chunks = 0;
  for await (const chunk of source({ chunkSize: 3, signal: new AbortController().signal })) {
    await chunk.ready;
    for (let index = 0; index < chunk.length; index++) chunk.encodeRow(writer, index);
    chunk.release?.();
    if (++chunks === 1) await meanwhile?.();
  }
  return writer.take();
}
