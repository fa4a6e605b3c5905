import { entriesOf, type FieldLock, type LockEntry, type LockedNames } from './field-lock.js';

/** Sorted, one entry a line, so that two branches that add fields merge or conflict where they should. */
export function printFieldLock({ version, package: packageName, messages, enums, orders }: FieldLock): string {
  return [
    '{',
    `  "enums": ${printAll(enums)},`,
    `  "messages": ${printAll(messages)},`,
    `  "orders": ${printAll(orders)},`,
    `  "package": ${JSON.stringify(packageName)},`,
    `  "version": ${version}`,
    '}',
    '',
  ].join('\n');
}

function printAll(all: Readonly<Record<string, LockedNames>>): string {
  return block('  ', all, (names) => {
    const removed = names.removed ? ['"removed": true'] : [];
    const head = [`"name": ${JSON.stringify(names.name)}`, `"numbers": ${printNumbers(names)}`, ...removed];
    return `{\n${head.map((line) => `      ${line}`).join(',\n')}\n    }`;
  });
}

/** What goes stays at its place, so that a removal changes one line, and two branches cannot lose it between them. */
function printNumbers(names: LockedNames): string {
  return block('      ', entriesOf(names), (entry, id) => printEntry(entry, !Object.hasOwn(names.active, id)));
}

function printEntry({ name, number, type, key, retired }: LockEntry, isRemoved: boolean): string {
  const parts = Object.entries({ name, number, type, key, retired, removed: isRemoved || undefined });
  const known = parts.filter(([, value]) => value !== undefined);
  return `{ ${known.map(([part, value]) => `"${part}": ${JSON.stringify(value)}`).join(', ')} }`;
}

function block<T>(
  indent: string,
  record: Readonly<Record<string, T>>,
  print: (value: T, id: string) => string,
): string {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return '{}';
  const lines = entries.map(([id, value]) => `${indent}  ${JSON.stringify(id)}: ${print(value, id)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
