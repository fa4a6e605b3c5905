import type { StoredRows } from '../database/stored-rows.js';
import type { ByteWriter } from '../encode/byte-writer.js';
import type { Chunk } from '../encode/chunk.js';
import type { ModelField } from '../encode/model-field.js';
import { leaveOut, type OnUnreadable, rowEncoder } from '../encode/row-encoder.js';
import { loadDecimal } from '../internals/prisma-client.js';
import type { Row, Source } from './chunk-source.js';
import { type RowView, seenRow } from './row-view.js';

export interface MappedRowsOptions {
  /** The fields of the stored rows, in their order. */
  readonly fields: readonly ModelField[];
  /** The fields that are sent. */
  readonly sent: readonly ModelField[];
  readonly view: RowView;
}

/**
 * Changes or hides stored rows as a view says, which gets the values that Prisma's client would return. A chunk without rows is still
 * yielded: it shows that the database answers.
 */
export function mappedRows(source: Source<StoredRows>, { fields, sent, view }: MappedRowsOptions): Source<Chunk> {
  const encode = rowEncoder(sent);
  return async function* (request) {
    const Decimal = fields.some(({ type }) => type === 'Decimal') ? await loadDecimal() : undefined;
    for await (const stored of source(request)) {
      const rows: MappedRow[] = [];
      for (let index = 0; index < stored.length; index++) {
        const { row, failures } = clientRow(stored, index, fields, Decimal);
        // A value that cannot be read is reported when its row is encoded, whatever the hook returns: it ends the stream, or the row omits
        // it.
        const seen = seenRow(row, view);
        if (seen !== null) rows.push({ index, row: seen, failures });
      }
      yield {
        length: rows.length,
        encodeRow(writer: ByteWriter, at: number, onUnreadable?: OnUnreadable) {
          const { row, failures } = rows[at] as MappedRow;
          for (const { field, error } of failures) leaveOut(field, error, onUnreadable);
          encode(writer, row, onUnreadable);
        },
        nameOf: (at) => stored.nameOf?.((rows[at] as MappedRow).index) ?? '',
      } satisfies Chunk;
      stored.release?.();
    }
  };
}

interface MappedRow {
  /** Its index among the stored rows. */
  readonly index: number;
  readonly row: Row;
  readonly failures: readonly Failure[];
}

/** A value that could not be read. */
interface Failure {
  readonly field: ModelField;
  readonly error: unknown;
}

function clientRow(
  stored: StoredRows,
  index: number,
  fields: readonly ModelField[],
  Decimal: (new (digits: string) => unknown) | undefined,
): { readonly row: Row; readonly failures: readonly Failure[] } {
  const row: Record<string, unknown> = {};
  const failures: Failure[] = [];
  fields.forEach((field, column) => {
    try {
      const value = stored.clientValue(index, column);
      row[field.name] = typeof value === 'string' && field.type === 'Decimal' && Decimal ? new Decimal(value) : value;
    } catch (error) {
      failures.push({ field, error });
      row[field.name] = null;
    }
  });
  return { row, failures };
}
