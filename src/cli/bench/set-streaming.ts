import type { ClearSettings } from '../../results/index.js';
import { maskSource } from './mask-source.js';

/**
 * A configuration's source with these streaming settings in it; undefined when it is written in a way that this cannot
 * change for certain (a spread, a variable, a call). Touches nothing but the numbers, or adds what is missing.
 *
 * @example
 * setStreaming("export default defineConfig({ streaming: { chunkSize: 1000 } });", { chunkSize: 500 });
 * // "export default defineConfig({ streaming: { chunkSize: 500 } });"
 */
export function setStreaming(source: string, settings: ClearSettings): string | undefined {
  const masked = maskSource(source);
  const root = rootObject(masked);
  if (root === undefined) return undefined;
  const streaming = propertyOf(masked, root, 'streaming');
  const entries = Object.entries(settings);
  if (streaming === undefined) {
    return insert(source, root, `streaming: { ${entries.map(([name, value]) => `${name}: ${value}`).join(', ')} }`);
  }
  if (masked[streaming] !== '{') return undefined;
  return entries.reduce<string | undefined>(
    (text, [name, value]) => (text === undefined ? undefined : setNumber(text, streaming, name, value)),
    source,
  );
}

/** Where the object begins that the module exports: one, or none that can be told. */
function rootObject(masked: string): number | undefined {
  const found = [...masked.matchAll(/export\s+default\s+(?:defineConfig\s*\(\s*)?(?=\{)/g)];
  const [only] = found;
  return only && found.length === 1 ? only.index + only[0].length : undefined;
}

function setNumber(source: string, object: number, name: string, value: number): string | undefined {
  const masked = maskSource(source);
  const start = propertyOf(masked, object, name);
  if (start === undefined) return insert(source, object, `${name}: ${value}`);
  const number = /^\d[\d_]*(?=\s*[,}\n])/.exec(masked.slice(start));
  return number ? source.slice(0, start) + value + source.slice(start + number[0].length) : undefined;
}

/** Where the value of an object's own property begins; not one of an object inside it. */
function propertyOf(masked: string, object: number, name: string): number | undefined {
  let depth = 0;
  for (let at = object; at < masked.length; at++) {
    const letter = masked[at] ?? '';
    if ('{[('.includes(letter)) depth++;
    if ('}])'.includes(letter)) depth--;
    if (depth === 0) return undefined;
    const match = depth === 1 && /[{,\s]/.test(letter) ? keyAt(masked, at + 1, name) : undefined;
    if (match !== undefined) return match;
  }
  return undefined;
}

function keyAt(masked: string, at: number, name: string): number | undefined {
  const key = new RegExp(`(?:${name}|"${name}"|'${name}')\\s*:\\s*`, 'y');
  key.lastIndex = at;
  const match = key.exec(masked);
  return match ? at + match[0].length : undefined;
}

/** As the object's first property, in the way that the others are written: on a line of its own, or not. */
function insert(source: string, object: number, property: string): string {
  const head = source.slice(0, object + 1);
  const tail = source.slice(object + 1);
  const line = /^[ \t]*(\r?\n[ \t]*)/.exec(tail);
  if (line) return `${head}${line[1]}${property},${tail}`;
  const isEmpty = /^\s*\}/.test(tail);
  return isEmpty ? `${head} ${property} ${tail.trimStart()}` : `${head} ${property},${tail}`;
}
