import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatTimestamp, timestampToDate } from '../../src/model/index.js';
import { InstantText } from '../../src/runtime/encode/instant-text.js';
import { plainDecimal } from '../../src/runtime/encode/json-value.js';
import { decimalText, everythingRow } from '../support/everything.js';
import type { Client } from '../support/open-project.js';
import { manyWays, openTwoRoads, type TwoRoads } from '../support/two-roads.js';

const schema = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "sqlite"
}
enum Mood {
  CALM
  NOT_CALM @map("not calm")
  onEdge
}
model Everything {
  part String @map("the part")
  id Int
  aString String
  aBoolean Boolean
  anInt Int
  aBigInt BigInt
  aFloat Float
  aDecimal Decimal
  aDateTime DateTime
  aJson Json
  aBytes Bytes
  aMood Mood
  maybeString String?
  maybeBoolean Boolean?
  maybeInt Int?
  maybeBigInt BigInt?
  maybeFloat Float?
  maybeDecimal Decimal?
  maybeDateTime DateTime? @default(now())
  maybeJson Json?
  maybeBytes Bytes?
  maybeMood Mood?

  @@id([part, id])
  @@map("every thing")
}
`;

describe('rows read by SQL', () => {
  let roads: TwoRoads;

  beforeAll(async () => {
    roads = await openTwoRoads(schema, (folder) => new PrismaBetterSqlite3({ url: `file:${join(folder, 'raw.db')}` }));
  });

  afterAll(() => roads.close());

  it('are, to the byte, the rows that come through the client', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(storable, { minLength: 1, maxLength: 12 }), fc.nat(), async (rows, from) => {
        await roads.prisma.everything.deleteMany();
        await roads.prisma.everything.createMany({
          data: rows.map((row, id) => ({ ...row, id, part: ['a', 'B', 'é'][id % 3] })),
        });
        expect(await roads.bytesBySql('Everything')).toEqual(await roads.bytesByClient('Everything'));
        const after = { part: ['a', 'B', 'é'][from % 3], id: from % 12 };
        for (const asked of await manyWays(roads, 'Everything', after)) {
          expect(await roads.bytesBySql('Everything', asked)).toEqual(await roads.bytesByClient('Everything', asked));
        }
      }),
      { numRuns: 12, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('have the same values as the client for rows that the database wrote itself', async () => {
    await roads.prisma.everything.deleteMany();
    const columns =
      '"the part", id, "aString", "aBoolean", "anInt", "aBigInt", "aFloat", "aDecimal", "aDateTime", "aJson", "aBytes", "aMood"';
    const values = [
      "'2024-02-29'",
      "'2024-02-29 23:59:59'",
      "'2024-02-29T23:59:59.123Z'",
      "'2024-02-29 23:59:59+02'",
      '1709251199000',
      'CURRENT_TIMESTAMP',
    ];
    for (const [id, date] of values.entries()) {
      const rest = `'s', ${id % 2}, 7, 9007199254740993, 1, 1e21, ${date}, '{"a":[1,null]}', x'00ff', 'not calm'`;
      await roads.prisma.$executeRawUnsafe(`INSERT INTO "every thing" (${columns}) VALUES ('p', ${id}, ${rest})`);
    }
    expect(await roads.bytesBySql('Everything')).toEqual(await roads.bytesByClient('Everything'));
  });

  it('are read through the client if it has an extension, which may hide some of them', async () => {
    await roads.prisma.everything.deleteMany();
    await roads.prisma.everything.createMany({
      data: [fc.sample(storable, { numRuns: 1, seed: 1 })[0]].map((row) => ({ ...row, id: 1, part: 'p' })),
    });
    const hiding = roads.prisma.$extends({ query: { $allModels: { findMany: async () => [] } } });
    expect((await roads.bytesBySql('Everything', { client: hiding })).length).toBe(0);
    expect((await roads.bytesBySql('Everything')).length).toBeGreaterThan(0);
  });

  it('come through the client when `rawQueries` is off', async () => {
    let queries = 0;
    const everything = {
      findMany: async () => {
        queries++;
        return [];
      },
    };
    const client = { ...roads.prisma, everything } as unknown as Client;
    await roads.bytesBySql('Everything', { client, rawQueries: false });
    expect(queries).toBe(1);
  });
});

describe('values as drivers return them', () => {
  it('give the decimal with every digit', () => {
    fc.assert(
      fc.property(decimalText, fc.integer({ min: 0, max: 5 }), (text, zeros) => {
        const padded = text.includes('.') ? text + '0'.repeat(zeros) : text;
        expect(plainDecimal(padded)).toBe(text);
      }),
    );
    const cases = {
      '1e21': '1000000000000000000000',
      '1.5E-7': '0.00000015',
      '-0.50': '-0.5',
      '.5': '0.5',
      '100.00': '100',
      '0.00': '0',
      '-0.00': '-0',
      '100': '100',
      '00012.30': '12.3',
      NaN: 'NaN',
    };
    for (const [text, expected] of Object.entries(cases)) expect(plainDecimal(text)).toBe(expected);
  });

  it('give the right time, which is UTC without a zone', () => {
    const cases = {
      '2024-02-29': '2024-02-29T00:00:00.000Z',
      '0032-01-01': '0032-01-01T00:00:00.000Z',
      '2024-02-29 23:59:59': '2024-02-29T23:59:59.000Z',
      '2024-02-29 23:59:59.123456+02': '2024-02-29T21:59:59.123456Z',
      '2024-02-29T23:59:59-02:30': '2024-03-01T02:29:59.000Z',
      '12:34:56': '1970-01-01T12:34:56.000Z',
    };
    for (const [text, expected] of Object.entries(cases)) expect(readInstant(text)).toBe(expected);
  });

  it('give the time of every text that JavaScript and databases write, and none when a character of it is another', () => {
    const ours = { min: new Date('0001-01-01T00:00:00.000Z'), max: new Date('9999-12-31T23:59:59.999Z') };
    const zone = fc.constantFrom('Z', '+00:00', '', '000Z', '000', '000000+00:00');
    const other = fc.constantFrom(' ', '/', ':', 'a', '\u0660', '\uff11');
    fc.assert(
      fc.property(fc.date({ ...ours, noInvalidDate: true }), zone, fc.nat(22), other, (date, end, at, character) => {
        const text = date.toISOString().replace('Z', end);
        expect(readInstant(text)).toBe(date.toISOString());
        const spoiled = `${text.slice(0, at)}${character}${text.slice(at + 1)}`;
        // A space between the date and the time is how databases write it.
        const isSame = spoiled === text || (at === 10 && character === ' ');
        expect(readInstant(spoiled)).toBe(isSame ? date.toISOString() : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it('give no time for an invalid digit, month or day', () => {
    for (const text of [
      '',
      '2024',
      '2024-13-01',
      '2023-02-29',
      '2024-01-01 24:00:00',
      '2024-01-01T00:00:0x',
      'now',
      '2024-01-01 00:00:00 BC',
    ])
      expect(readInstant(text)).toBeUndefined();
  });
});

function readInstant(text: string): string | undefined {
  const instant = new InstantText();
  if (!instant.read(text)) return undefined;
  return formatTimestamp(timestampToDate({ seconds: BigInt(instant.seconds), nanos: instant.nanos }));
}

/** What SQLite can hold: no lists, no NaN for a required number, no text that is not Unicode. */
const storable = everythingRow
  .map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('some') && row[name] !== null)),
  )
  .filter((row) => Object.values(row).every(isStorable));

function isStorable(value: unknown): boolean {
  // Prisma's client writes a JSON number near the ends of the range as JSON's null.
  if (typeof value === 'number') return Math.abs(value) < 1e300;
  if (typeof value === 'string') return Buffer.from(value).toString() === value && !value.includes('\0');
  return true;
}
