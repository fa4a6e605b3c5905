import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RangePosition, RowStream, StreamPosition } from '../../../client/index.js';
import { diskError, readFileIfAny, replaceFile } from '../../../disk/index.js';
import { UsageError } from '../../../errors/index.js';

/** A file of rows that is being written. */
export interface PartFile {
  /** Takes a row. If it returns a promise, wait for it before the next row. */
  add(row: object): Promise<void> | undefined;
  /** Writes what is left, to the disk: the file is whole then. */
  end(): Promise<void>;
  /** Closes the file as it is. */
  abandon(): Promise<void>;
}

export interface PartFilesOptions {
  readonly folder: string;
  /** What is read, as JSON: a folder holds the rows of one request. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly rowsPerFile: number;
  /** Such as `parquet`. */
  readonly extension: string;
  readonly open: (path: string) => PartFile;
  /** Where the first call begins. */
  readonly start: StreamPosition;
  readonly stream: (position: StreamPosition) => RowStream<object>;
}

/** What a folder of part files holds. */
export interface WrittenParts {
  /** Rows in all files. */
  readonly rows: number;
  readonly files: number;
}

/**
 * Writes a stream to files of so many rows, in a folder with a manifest. A file is whole or absent: it is written beside its place, and renamed
 * into it. The manifest then gets the file and the position after its last row, so a second call goes on from there; rows of a file that was not
 * finished are read again.
 *
 * @throws UsageError when the folder holds the rows of another request, or another process writes to it.
 */
export async function writeParts(options: PartFilesOptions): Promise<WrittenParts> {
  const { folder, rowsPerFile, extension, open } = options;
  await mkdir(folder, { recursive: true });
  let manifest = (await readManifest(folder)) ?? emptyManifest(options);
  assertSameRequest(manifest, options);
  await removeUnfinished(folder, manifest);
  if (manifest.done) return written(manifest);

  const stream = options.stream(manifest.position);
  let part: OpenPart | undefined;
  const close = async ({ file, path, name, rows }: OpenPart, done: boolean) => {
    await file.end();
    await rename(path, join(folder, name));
    manifest = await save(folder, manifest, {
      files: [...manifest.files, { name, rows }],
      position: stream.position(),
      done,
    });
  };
  try {
    for await (const row of stream) {
      part ??= openPart(folder, manifest.files.length + 1, extension, open);
      await part.file.add(row);
      part.rows++;
      if (part.rows < rowsPerFile) continue;
      await close(part, false);
      part = undefined;
    }
    if (part) await close(part, true);
    else manifest = await save(folder, manifest, { files: manifest.files, position: stream.position(), done: true });
    part = undefined;
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? diskError(folder, error, GO_ON) : error;
  } finally {
    if (part) {
      await part.file.abandon();
      await rm(part.path, { force: true });
    }
  }
  return written(manifest);
}

const GO_ON = ['mend that, and run the command again: it goes on'];

const MANIFEST = 'manifest.json';

type JsonKey = Readonly<Record<string, string | number | boolean>>;
const key: z.ZodType<JsonKey> = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** As clients of grpc-stream take them. */
export const rangeShape: z.ZodType<RangePosition> = z.object({
  from: key.exactOptional(),
  upTo: key.exactOptional(),
  after: key.exactOptional(),
  done: z.literal(true).exactOptional(),
});

const positionShape: z.ZodType<StreamPosition> = z.object({
  rows: z.number(),
  after: key.exactOptional(),
  ranges: z.array(rangeShape).exactOptional(),
});

const manifestShape = z.object({
  version: z.literal(1),
  /** Whether every row is in a file. */
  done: z.boolean(),
  rows: z.number(),
  files: z.array(z.object({ name: z.string(), rows: z.number() })),
  request: z.record(z.string(), z.unknown()),
  /** The position after the last row of the last file. */
  position: positionShape,
});

type Manifest = z.infer<typeof manifestShape>;

function emptyManifest({ request, start }: PartFilesOptions): Manifest {
  return { version: 1, done: false, rows: 0, files: [], request: { ...request }, position: start };
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFileIfAny(join(folder, MANIFEST));
  if (text === undefined) return undefined;
  const parsed = manifestShape.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new UsageError('read.manifest', `${join(folder, MANIFEST)} is not a manifest that read writes`, {
    nextActions: ['write to another folder with --out'],
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function assertSameRequest({ request: held }: Manifest, { folder, request }: PartFilesOptions): void {
  const names = [...new Set([...Object.keys(held), ...Object.keys(request)])];
  const other = names.find((name) => JSON.stringify(held[name]) !== JSON.stringify(request[name]));
  if (other === undefined) return;
  const [before, now] = [JSON.stringify(held[other]) ?? 'none', JSON.stringify(request[other]) ?? 'none'];
  throw new UsageError(
    'read.other_export',
    `${folder} holds the rows of another request: its ${other} is ${before}, not ${now}`,
    {
      nextActions: ['give the flags of that request to continue it', 'or write to another folder with --out'],
    },
  );
}

/** Files of a call that was killed: unfinished ones, and one that the manifest does not have yet, whose rows are read again. */
async function removeUnfinished(folder: string, { files }: Manifest): Promise<void> {
  const listed = new Set(files.map(({ name }) => name));
  const names = await readdir(folder);
  const unlisted = names.filter((name) => /^\.?part-\d+\./.test(name) && !listed.has(name));
  await Promise.all(unlisted.map((name) => rm(join(folder, name))));
}

/** A part file that is being written. */
interface OpenPart {
  readonly name: string;
  /** Where it is until it is whole. */
  readonly path: string;
  readonly file: PartFile;
  rows: number;
}

function openPart(folder: string, number: number, extension: string, open: (path: string) => PartFile): OpenPart {
  const name = `part-${String(number).padStart(6, '0')}.${extension}`;
  const path = join(folder, `.${name}.${process.pid}.tmp`);
  return { name, path, file: open(path), rows: 0 };
}

/** Two processes that write to one folder would each list their own rows. */
async function save(
  folder: string,
  before: Manifest,
  { files, position, done }: Pick<Manifest, 'files' | 'done' | 'position'>,
): Promise<Manifest> {
  const found = await readManifest(folder);
  if ((found?.files.length ?? 0) !== before.files.length) {
    throw new UsageError('read.two_writers', `another process writes to ${folder}`, {
      nextActions: ['let one process write to a folder; give each its share of the table with --shard'],
    });
  }
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const next = { ...before, done, rows, files, position };
  await replaceFile(join(folder, MANIFEST), `${JSON.stringify(next, null, 2)}\n`);
  return next;
}

function written({ rows, files }: Manifest): WrittenParts {
  return { rows, files: files.length };
}
