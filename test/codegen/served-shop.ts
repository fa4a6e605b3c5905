import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { StreamService } from '../../src/runtime/index.js';
import { startLoopbackServer } from '../../src/testing/index.js';
import { openProject } from '../support/open-project.js';

/** What clients of other makers read: a composite key, NULLs, an enum, every kind of filter, and a column that nobody may see. */
const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "sqlite"
}
enum SaleState {
  OPEN
  PAID
  SENT @map("sent off")
}
model Sale {
  shop String
  number BigInt
  state SaleState
  total Decimal
  customer String?
  soldAt DateTime
  gift Boolean
  /// @grpc.omit
  cardToken String

  @@id([shop, number])
  @@index([soldAt])
  @@index([customer, total(sort: Desc)])
}
`;

export interface Sale {
  readonly shop: string;
  readonly number: bigint;
  readonly state: 'OPEN' | 'PAID' | 'SENT';
  readonly total: string;
  readonly customer: string | null;
  readonly soldAt: Date;
  readonly gift: boolean;
  readonly cardToken: string;
}

const STATES = ['OPEN', 'PAID', 'SENT'] as const;

/** In the order of their key. */
export const SALES: readonly Sale[] = ['kiel', 'lyon', 'oslo'].flatMap((shop, place) =>
  Array.from({ length: 40 }, (_, index) => ({
    shop,
    number: BigInt(index + 1) * 2n ** 40n,
    state: STATES[(index + place) % 3] ?? 'OPEN',
    total: `${(index * 7) % 11}.5`,
    customer: index % 4 === 0 ? null : ['Ann', 'Bob', 'Zoë'][index % 3],
    // Many sales share a time.
    soldAt: new Date(Date.UTC(2024, 0, 1 + ((index * 3) % 8))),
    gift: index % 5 === 0,
    cardToken: `secret-${shop}-${index}`,
  })),
) as readonly Sale[];

export interface ServedShop {
  /** Such as `127.0.0.1:41233`. */
  readonly address: string;
  readonly protoFolder: string;
  close(): Promise<void>;
}

/** The shop, generated, filled and served on a free port. */
export async function serveShop(): Promise<ServedShop> {
  const project = await openProject(
    SCHEMA,
    (folder) => new PrismaBetterSqlite3({ url: `file:${join(folder, 'shop.db')}` }),
  );
  await project.delegate('sale').createMany({ data: SALES.map((sale) => ({ ...sale })).reverse() });
  const createServices = await project.code.load<(options: object) => StreamService[]>('services.ts', 'createServices');
  const server = await startLoopbackServer(createServices({ prisma: project.prisma, adapter: project.adapter }));
  return {
    address: server.address,
    protoFolder: project.code.protoFolder,
    async close() {
      await server.close();
      await project.close();
    },
  };
}
