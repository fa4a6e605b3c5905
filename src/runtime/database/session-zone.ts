import { EnvironmentError } from '../../errors/index.js';
import type { ModelField } from '../encode/model-field.js';
import { WRONG_ZONE } from './database-failure.js';

/** The part of a Prisma client that asks by SQL. */
interface RawClient {
  $queryRawUnsafe(sql: string): Promise<unknown>;
}

/** Whether the values of a field depend on the time zone of the session that reads them. */
export function isZoned({ type, native = '' }: ModelField, provider: string | undefined): boolean {
  if (type !== 'DateTime') return false;
  return provider === 'postgresql'
    ? /^Timetz|^Timestamptz/.test(native)
    : provider === 'mysql' && native.startsWith('Timestamp');
}

/**
 * Checks the time zone of a Prisma client's sessions: its driver adapters read every time as UTC, so that in another zone all times are wrong
 * by hours. Reads by SQL need no check: they set their sessions to UTC.
 *
 * @throws EnvironmentError that says how to set it.
 */
export async function assertUtcSession(prisma: object, provider: string | undefined): Promise<void> {
  const question = provider === undefined ? undefined : QUESTIONS.get(provider);
  if (!question || !isRawClient(prisma)) return;
  const zone = zoneIn(await prisma.$queryRawUnsafe(question.sql));
  if (zone === undefined || UTC.test(zone)) return;
  throw new EnvironmentError(
    WRONG_ZONE,
    `the sessions of Prisma's client are in the time zone ${zone}, and its driver adapter takes their times for UTC`,
    { nextActions: [question.remedy] },
  );
}

const QUESTIONS: ReadonlyMap<string, { readonly sql: string; readonly remedy: string }> = new Map([
  [
    'postgresql',
    {
      sql: `SELECT current_setting('TimeZone') AS "zone"`,
      remedy: "set it in database.ts: new PrismaPg({ connectionString: url, options: '-c TimeZone=UTC' })",
    },
  ],
  [
    'mysql',
    {
      // `SYSTEM` does not name the zone.
      sql: 'SELECT CAST(TIMEDIFF(NOW(), UTC_TIMESTAMP()) AS CHAR) AS zone',
      remedy: 'set it in database.ts: add ?timezone=Z to the URL that PrismaMariaDb is given',
    },
  ],
]);

/** Names and offsets that are UTC, the whole year. */
const UTC = /^(Etc\/)?(UTC|UCT|GMT|Zulu|Universal|Greenwich)(0|[+-]0)?$|^[+-]?0?0:?00(:00(\.0+)?)?$/i;

function zoneIn(rows: unknown): string | undefined {
  const [row]: readonly unknown[] = Array.isArray(rows) ? rows : [];
  const zone: unknown = row instanceof Object ? Reflect.get(row, 'zone') : undefined;
  return typeof zone === 'string' ? zone : undefined;
}

function isRawClient(prisma: object): prisma is RawClient {
  return typeof Reflect.get(prisma, '$queryRawUnsafe') === 'function';
}
