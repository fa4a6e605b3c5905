import { describe, expect, it } from 'vitest';
import { objectLiteral } from '../../src/codegen/stream-file.js';

const values = (count: number) => Array.from({ length: count }, (_, index) => `VALUE_${index}: ${index}`);

describe('an object as code', () => {
  it('stays on one line where it fits', () => {
    expect(objectLiteral(["name: 'a'", { name: 'values', properties: ['A: 1'] }], 4)).toBe(
      "{ name: 'a', values: { A: 1 } }",
    );
  });

  it('has a line per property where it does not, with nested objects on theirs', () => {
    const text = objectLiteral(["name: 'aNameOfSomeLength'", { name: 'values', properties: values(6) }], 4);
    expect(text.split('\n')).toEqual([
      '{',
      "      name: 'aNameOfSomeLength',",
      `      values: { ${values(6).join(', ')} },`,
      '    }',
    ]);
  });

  it('is never too wide, however many properties there are', () => {
    const text = objectLiteral(["name: 'a'", { name: 'values', properties: values(40) }], 4);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(100);
    expect(text).toContain(`      values: {\n        VALUE_0: 0,\n`);
    expect(text).toMatch(/ {8}VALUE_39: 39,\n {6}\},\n {4}\}$/);
  });
});
