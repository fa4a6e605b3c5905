/** As long as formatters let a line be. */
const LINE_WIDTH = 100;

/** Such as `name: 'id'`, or a name with the properties of an object of its own. */
export type Property = string | { readonly name: string; readonly properties: readonly string[] };

/**
 * An object as code: on one line where it fits, and a line a property where it does not.
 *
 * @param indent Spaces before the line that it begins on.
 * @param before Characters between those and its first brace.
 */
export function objectLiteral(properties: readonly Property[], indent: number, before = 0): string {
  const line = `{ ${properties.map((property) => propertyText(property, undefined)).join(', ')} }`;
  if (indent + before + line.length < LINE_WIDTH) return line;
  const inner = indent + 2;
  const lines = properties.map((property) => `${' '.repeat(inner)}${propertyText(property, inner)},\n`);
  return `{\n${lines.join('')}${' '.repeat(indent)}}`;
}

/** On one line, unless an indent lets it have several. */
function propertyText(property: Property, indent: number | undefined): string {
  if (typeof property === 'string') return property;
  const { name, properties } = property;
  const value =
    indent === undefined ? `{ ${properties.join(', ')} }` : objectLiteral(properties, indent, name.length + 2);
  return `${name}: ${value}`;
}
