/**
 * A time series of Prometheus' text format.
 * @typedef {{ readonly name: string, readonly labels: Readonly<Record<string, string>>, readonly value: number }} Sample
 */

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /(\w+)="((?:\\.|[^"\\])*)"/g;
const ESCAPES = { n: '\n', '"': '"', '\\': '\\' };

/**
 * Reads the samples of Prometheus' text format, and passes over what is none.
 * @param {string} text
 * @returns {Sample[]}
 */
export function parseMetrics(text) {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = line.startsWith('#') ? [] : (LINE.exec(line) ?? []);
    return name === undefined ? [] : [{ name, labels: parseLabels(labels), value: Number(value) }];
  });
}

/** @param {string} text */
function parseLabels(text) {
  const pairs = [...text.matchAll(LABEL)].map(([, key, value]) => [key, plain(value)]);
  return Object.fromEntries(pairs);
}

/** @param {string} value */
function plain(value) {
  return value.replace(/\\(.)/g, (escaped, letter) => ESCAPES[letter] ?? escaped);
}
