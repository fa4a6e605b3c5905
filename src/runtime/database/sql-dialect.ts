/** How a database wants the queries written that read a range of rows. */
export interface SqlDialect {
  /** A name of a table or a column, quoted. */
  quote(name: string): string;
  /** What stands for the n-th parameter, from 1. */
  mark(position: number): string;
  /** Whether tables are in the namespace that the connection was told of. */
  readonly hasNamespaces: boolean;
  /** Whether `(a, b) > (?, ?)` walks an index from there on, rather than all of it. */
  readonly walksTuples: boolean;
  /** The native types whose values its drivers return as Prisma's client reads them, as tests have proved; undefined for all. */
  readonly plainTypes: ReadonlySet<string> | undefined;
}

/** The dialect behind a driver adapter, by Prisma's name of its provider; undefined where no test has proved any. */
export function sqlDialectOf(provider: string): SqlDialect | undefined {
  return dialects.get(provider);
}

const doubleQuoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const dialects: ReadonlyMap<string, SqlDialect> = new Map([
  ['sqlite', { quote: doubleQuoted, mark: () => '?', hasNamespaces: false, walksTuples: true, plainTypes: undefined }],
  [
    'postgres',
    {
      quote: doubleQuoted,
      mark: (position) => `$${position}`,
      hasNamespaces: true,
      walksTuples: true,
      // Others are cast in the SQL of Prisma's client.
      plainTypes: new Set([
        ...[
          'Text',
          'VarChar',
          'Char',
          'Uuid',
          'Boolean',
          'SmallInt',
          'Integer',
          'BigInt',
          'DoublePrecision',
          'Decimal',
        ],
        ...['Timestamp', 'Timestamptz', 'Date', 'Json', 'JsonB', 'ByteA'],
      ]),
    },
  ],
  [
    'mysql',
    {
      quote: (name) => `\`${name.replaceAll('`', '``')}\``,
      mark: () => '?',
      hasNamespaces: false,
      // Neither MySQL nor MariaDB makes a range of it: they would look at every row before.
      walksTuples: false,
      plainTypes: new Set([
        ...['VarChar', 'Char', 'TinyText', 'Text', 'MediumText', 'LongText'],
        ...['TinyInt', 'SmallInt', 'MediumInt', 'Int', 'UnsignedInt', 'BigInt', 'Double', 'Float', 'Decimal'],
        ...['DateTime', 'Timestamp', 'Date', 'Json'],
        ...['Binary', 'VarBinary', 'TinyBlob', 'Blob', 'MediumBlob', 'LongBlob'],
      ]),
    },
  ],
] satisfies [string, SqlDialect][]);
