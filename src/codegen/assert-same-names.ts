import { CodegenError } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';
import { type ProtoFile, propertyOf, typeNameOf } from '../proto/index.js';

/**
 * Compares the names that ts-proto gave to the row, the key, their fields and the orders with those that the handlers and clients use, so that a difference
 * is never written: it would be a service that answers UNIMPLEMENTED, or a client that does not compile.
 *
 * @throws CodegenError that lists the names that are missing.
 */
export function assertSameNames(text: string, model: StreamModel, { messages, enums }: ProtoFile): void {
  // Comments may say anything, also what looks like code.
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  const made = messages.filter(({ isShared }) => !isShared);
  const interfaces = interfacesIn(code);
  const missing = [
    ...made.flatMap(({ name: message, fields }) => {
      const name = typeNameOf(message);
      const members = interfaces.get(name);
      if (!members) return [name];
      const properties = fields.map((field) => propertyOf({ name: field.name, apiName: field.name }));
      return properties.filter((property) => !members.has(property)).map((property) => `${name}.${property}`);
    }),
    ...[
      ...made.map(({ name }) => `const ${typeNameOf(name)}: `),
      ...enums.map(({ name }) => `enum ${typeNameOf(name)} {`),
    ].filter((declaration) => !code.includes(`export ${declaration}`)),
  ];
  if (missing.length === 0) return;
  throw new CodegenError(
    'codegen.names',
    `${model.file}:${model.line}: ts-proto gives other names than the handlers of model "${model.name}" use; there is no ${missing.join(', ')}`,
    { nextActions: ['name the model or the field otherwise with /// @grpc.name(…), and report this to grpc-stream'] },
  );
}

/** The properties of every interface. */
function interfacesIn(code: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = [...code.matchAll(/^export interface (\w+) \{([\s\S]*?)\}$/gm)];
  return new Map(
    found.map(([, name = '', body = '']) => [
      name,
      new Set([...body.matchAll(/(?:^|[,\s])(\w+)\??:/g)].map(([, property = '']) => property)),
    ]),
  );
}
