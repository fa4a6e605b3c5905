import { CodegenError } from '../errors/index.js';
import { GENERATED_HEADER } from '../proto/index.js';

/** One edit to ts-proto's text, and how to know that it has nothing to do there. */
interface Edit {
  readonly from: string;
  readonly to: string;
}

const WIRE_IMPORT: Edit = { from: 'from "@bufbuild/protobuf/wire"', to: 'from "grpc-stream/runtime"' };

const TIMESTAMP_EDITS: readonly Edit[] = [
  { from: 'BigInt(Math.trunc(date.getTime() / 1_000))', to: 'BigInt(Math.floor(date.getTime() / 1_000))' },
  {
    from: '(date.getTime() % 1_000) * 1_000_000',
    to: '(((date.getTime() % 1_000) + 1_000) % 1_000) * 1_000_000',
  },
];

/**
 * `null` for absent reaches `google.protobuf.Value`, whose members ts-proto still takes as undefined only; and a property that is
 * null is a property, which ts-proto would drop both ways.
 */
const STRUCT_EDITS: readonly Edit[] = [
  { from: 'Struct.wrap(message.kind.structValue)', to: 'Struct.wrap(message.kind.structValue ?? undefined)' },
  { from: 'ListValue.wrap(message.kind.listValue)', to: 'ListValue.wrap(message.kind.listValue ?? undefined)' },
  { from: 'if (entry1.value !== undefined && entry1.value !== null)', to: 'if (entry1.value !== undefined)' },
  { from: 'if (message.value !== undefined && message.value !== null)', to: 'if (message.value !== undefined)' },
];

/**
 * Makes ts-proto's text our own: it imports only `grpc-stream`, so that a project needs no dependency that it did not choose,
 * and dates before 1970 get the nanos from 0 to 999,999,999 that the specification of Timestamp demands.
 *
 * @throws CodegenError when ts-proto's text has changed so that an edit no longer finds its place.
 */
export function adoptTsProto(text: string, path: string): string {
  const edits = [
    WIRE_IMPORT,
    ...(text.includes('function toTimestamp(') ? TIMESTAMP_EDITS : []),
    ...(path === 'google/protobuf/struct.ts' ? STRUCT_EDITS : []),
  ];
  const body = text.replace(/^(\/\/.*\n)+/, '').trimStart();
  return `${GENERATED_HEADER}\n${edits.reduce((edited, edit) => apply(edit, edited, path), body)}`;
}

function apply({ from, to }: Edit, text: string, path: string): string {
  // A file without messages, such as one of enums, encodes nothing.
  if (from === WIRE_IMPORT.from && !text.includes('BinaryReader')) return text;
  if (text.includes(from)) return text.replaceAll(from, to);
  throw new CodegenError('codegen.ts_proto', `ts-proto wrote ${path} in a form that this version does not know`, {
    nextActions: ['install the version of ts-proto that grpc-stream names in its package.json'],
  });
}
