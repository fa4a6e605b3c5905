import { Command } from 'commander';
import type { StreamPosition } from '../../client/index.js';
import { sleep } from '../../waits/index.js';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import type { ReadFlags, ReadSettings } from './read-flags.js';
import { rowOutput } from './row-output.js';

export function readCommand(runtime: CliRuntime): Command {
  const command = new Command('read')
    .description('stream a table from a server to stdout, going on by itself when the stream breaks')
    .argument('<model>', 'the model, such as Book')
    .option('--target <host:port>', "the server (default: where this project's own listens)")
    .option('--format <format>', 'jsonl (a JSON object a line) or csv', 'jsonl')
    .option('--fields <names>', 'only these fields, in this order, with commas between them')
    .option('--filter <json>', 'only the rows that it holds for, such as \'{"status":"PUBLISHED"}\'')
    .option('--limit <rows>', 'most rows in all')
    .option('--after <json>', 'only the rows behind this key, such as \'{"id":5}\'')
    .option('--partitions <count>', 'read so many ranges of the key side by side', '1')
    .option('--ordered', 'keep the order of the key with --partitions too')
    .option('--follow', 'wait for rows that are appended behind the last key, until Ctrl-C')
    .option('--interval <seconds>', 'how often --follow looks', '1')
    .option('--retries <count>', 'attempts in a row that may bring no row', '10')
    .option('--token <token>', 'bearer token (default: GRPC_STREAM_TOKEN, which no list of processes shows)')
    .option('--tls', 'encrypt the connection')
    .option('--tls-ca <file>', "PEM of the authority that signed the server's certificate")
    .option('--tls-cert <file>', "PEM of the client's own certificate")
    .option('--tls-key <file>', 'PEM of its key')
    .addHelpText(
      'after',
      `
No digit is lost: decimals and integers of 64 bits are texts. Times are ISO 8601 in UTC, bytes base64. In CSV null is an
empty cell, an empty text "", and a list JSON. --follow sees rows whose keys grow, such as an autoincrement; a row that a
slow transaction commits behind later ones is not seen.`,
    );
  return command.action((model: string, flags: ReadFlags) =>
    runAction(command, runtime, (context) => runRead(context, model, flags)),
  );
}

async function runRead(context: CliContext, modelName: string, flags: ReadFlags): Promise<void> {
  // grpc-js would print a line of its own beside ours; it reads this when it is loaded.
  if (!context.verbose) process.env.GRPC_VERBOSITY ??= 'NONE';
  const [{ openRead }, { readSettings }, { readFailure }] = await Promise.all([
    import('./open-read.js'),
    import('./read-flags.js'),
    import('./read-failure.js'),
  ]);
  const settings = readSettings(flags);
  const read = await openRead(context, modelName, flags, settings);
  const output = rowOutput(read.format, process.stdout, context.signal);
  let position: StreamPosition = { rows: 0, ...(settings.after ? { after: settings.after } : {}) };
  try {
    do {
      const stream = read.stream(position);
      try {
        for await (const row of stream) await output.add(row);
      } finally {
        position = stream.position();
        // Also before an error that says where to go on: what it counts as read must be there.
        await output.flush();
      }
    } while (await isFollowed(position, settings, context.signal));
    read.progress.done(position.rows);
  } catch (error) {
    throw readFailure(error, position, read.target);
  } finally {
    read.close();
  }
}

/** Waits for more rows, where they are wanted. */
async function isFollowed({ rows }: StreamPosition, settings: ReadSettings, signal: AbortSignal): Promise<boolean> {
  if (!settings.follow || rows >= (settings.limit ?? Number.POSITIVE_INFINITY)) return false;
  await sleep(settings.intervalMs, { signal });
  return true;
}
