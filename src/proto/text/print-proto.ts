import { GENERATED_HEADER } from './generated-header.js';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoService, Reserved } from './proto-file.js';

/** A proto file as text, in the order in which people read: services, messages, enums. */
export function printProto(file: ProtoFile): string {
  const sections = [
    GENERATED_HEADER,
    'syntax = "proto3";',
    `package ${file.package};`,
    file.imports.map((path) => `import "${path}";`).join('\n'),
    ...file.services.map(printService),
    ...file.messages.map(printMessage),
    ...file.enums.map(printEnum),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function printService({ name, comment, methods }: ProtoService): string {
  const bodies = methods.map((method) => [
    ...comments(method.comment),
    `rpc ${method.name}(${method.request}) returns (${method.streams ? 'stream ' : ''}${method.response});`,
  ]);
  return block(comment, `service ${name}`, bodies.flat());
}

function printMessage({ name, comment, fields, reserved }: ProtoMessage): string {
  return block(comment, `message ${name}`, [...printReserved(reserved), ...fields.flatMap(printField)]);
}

function printField({ name, number, type, kind, label, comment }: ProtoField): string[] {
  // A message has presence by itself; `optional` would say nothing more.
  const prefix = label === 'repeated' ? 'repeated ' : label === 'optional' && kind !== 'message' ? 'optional ' : '';
  return [...comments(comment), `${prefix}${type} ${name} = ${number};`];
}

function printEnum({ name, comment, values, reserved }: ProtoEnum): string {
  return block(comment, `enum ${name}`, [
    ...printReserved(reserved),
    ...values.flatMap((value) => [...comments(value.comment ?? ''), `${value.name} = ${value.number};`]),
  ]);
}

function printReserved({ numbers, names }: Reserved): string[] {
  return [
    ...(numbers.length > 0 ? [`reserved ${numbers.join(', ')};`] : []),
    ...(names.length > 0 ? [`reserved ${names.map((name) => `"${name}"`).join(', ')};`] : []),
  ];
}

function block(comment: string, head: string, body: readonly string[]): string {
  if (body.length === 0) return [...comments(comment), `${head} {}`].join('\n');
  return [...comments(comment), `${head} {`, ...body.map((line) => `  ${line}`), '}'].join('\n');
}

function comments(text: string): string[] {
  return text === '' ? [] : text.split('\n').map((line) => `// ${line}`.trimEnd());
}
