import { Command, Option } from 'commander';
import { type CliRuntime, runAction } from '../context.js';
import { addConnectionFlags, secondsOption, wholeNumberOption } from '../flags.js';
import type { ReadFlags } from './open-read.js';

/** Spelled out, because the formats are loaded only when the command runs. */
const formats: readonly ReadFlags['format'][] = ['jsonl', 'csv', 'parquet'];

export function readCommand(runtime: CliRuntime): Command {
  const command = new Command('read')
    .description('stream a table from a server to stdout or to files, and resume when the stream breaks')
    .argument('<model>', 'the model, such as Book; with its package, library.v1.Book, the server is asked what it has')
    .option('--target <host:port>', "the server (default: where this project's own listens)")
    .addOption(
      new Option('--format <format>', 'jsonl (a JSON object a line), csv, or parquet')
        .choices(formats)
        .default('jsonl'),
    )
    .option('--out <folder>', 'write files there; a second call goes on where the first one ended')
    .addOption(
      wholeNumberOption('--rows-per-file <rows>', 'rows in a file of --out (default: 1,000,000)', {
        min: 1,
        max: 1_000_000_000,
      }),
    )
    .option('--shard <number/count>', 'one share of the table, such as 3/16, into a folder of its own in --out')
    .option('--fields <names>', 'only these fields, in this order, with commas between them')
    .option('--filter <json>', 'only the rows that match, such as \'{"status":"PUBLISHED"}\'')
    .option(
      '--order <fields>',
      "in the order of these, such as 'publishedAt desc'; an index must serve it (default: the key)",
    )
    .addOption(wholeNumberOption('--limit <rows>', 'most rows in all', { min: 1, max: Number.MAX_SAFE_INTEGER }))
    .option('--after <json>', 'only the rows after this key, such as \'{"id":5}\'')
    .addOption(
      wholeNumberOption('--partitions <count>', 'read this many ranges of the key side by side', {
        min: 1,
        max: 64,
        default: 1,
      }),
    )
    .option('--ordered', 'keep the order of the key with --partitions too')
    .option('--follow', 'wait for rows that are inserted after the last key, until Ctrl-C')
    .addOption(
      secondsOption('--interval <seconds>', 'time between two checks of --follow', {
        min: 0.01,
        max: 86_400,
        default: 1,
      }),
    )
    .addOption(
      wholeNumberOption('--retries <count>', 'attempts in a row that may bring no row', {
        min: 0,
        max: 1_000_000,
        default: 10,
      }),
    )
    .addOption(
      secondsOption('--connect-timeout <seconds>', 'longest time to connect, which counts as an attempt', {
        min: 0.1,
        max: 3600,
        default: 20,
      }),
    )
    .addOption(
      new Option(
        '--compression <kind>',
        'ask the server to compress: fewer bytes on the way, for more CPU at both ends',
      ).choices(['gzip']),
    );
  addConnectionFlags(command).addHelpText(
    'after',
    `
--filter names fields as the Prisma schema does, each with a value, with null, or with conditions that all must hold:
  equals, in, isNull        of every field          {"status":{"in":["DRAFT","PUBLISHED"]}}
  lt, lte, gt, gte          of numbers, times and texts  {"publishedAt":{"gte":"2024-01-01T00:00:00Z"}}
  contains, startsWith      of texts                {"title":{"startsWith":"Em"}}
  and, or, not              of filters              {"or":[{"pages":{"gt":500}},{"not":{"rating":null}}]}

Where there is no schema, or the model is named with its package, the server says which fields it has: it needs --reflection. Names are then
those of the .proto files, in camel case; those of enum values are as the .proto files have them, without what all begin with.

No digit is lost: decimals and integers of 64 bits are strings. Times are ISO 8601 in UTC, bytes base64. In CSV null is an
empty cell, an empty string "", and a list JSON.

--out writes part-000001.parquet and so on, and manifest.json with the position after them. A file is whole or absent; rows of a file that
was not finished are read again. With --shard, processes that share the folder read the table together: the first one splits it, and writes
plan.json. In Parquet, integers, times (UTC, microseconds) and bytes have their types, and so have decimals of at most 38 digits where the
schema says @db.Decimal(p, s); other decimals are texts.

--follow needs keys that grow, such as an autoincrement. On PostgreSQL and SQLite it misses no row: PostgreSQL waits until the
transactions that may still add an earlier key have ended, and SQLite has one writer. On MySQL it waits for streaming.settleDelay
(1 second), so a row is missed whose transaction takes longer to commit.`,
  );
  return command.action((model: string, flags: ReadFlags) =>
    runAction(command, runtime, async (context) => {
      const { runRead } = await import('./run-read.js');
      await runRead(context, model, flags);
    }),
  );
}
