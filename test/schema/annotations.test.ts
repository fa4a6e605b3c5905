import { describe, expect, it } from 'vitest';
import { readAnnotations } from '../../src/schema/annotations.js';

const read = (comment: string | undefined, thing: Parameters<typeof readAnnotations>[1] = 'field') =>
  readAnnotations(comment, thing, 'field "a"');

describe('annotations', () => {
  it('are read anywhere in a comment, and removed from its text', () => {
    for (const comment of ['@grpc.omit', 'The hash.\n@grpc.omit', '@grpc.omit\nThe hash.', 'The hash. @grpc.omit']) {
      const { omit, documentation = 'The hash.', problems } = read(comment);
      expect({ omit, documentation, problems }).toEqual({ omit: true, documentation: 'The hash.', problems: [] });
    }
    expect(read('@grpc.omit')).not.toHaveProperty('documentation');
  });

  it('do not change other comments', () => {
    const comment = 'Mail to ops@grpc.example.\n\n  Indented.';
    expect(read('  Mail.\n\n  Indented.')).toMatchObject({ documentation: '  Mail.\n\n  Indented.', omit: false });
    expect(read(undefined)).toEqual({ omit: false, include: false, allow: false, problems: [] });
    expect(read(comment)).toMatchObject({ documentation: comment, problems: [] });
  });

  it('can be several in one comment', () => {
    expect(read('@grpc.allow @grpc.number(7)')).toEqual({
      omit: false,
      include: false,
      allow: true,
      number: 7,
      problems: [],
    });
  });

  it.each([
    ['@grpc.omitt', 'field', 'a field; it can have @grpc.omit, @grpc.allow, @grpc.number(7), @grpc.name(full_title)'],
    [
      '@grpc.omit(yes)',
      'field',
      'a field; it can have @grpc.omit, @grpc.allow, @grpc.number(7), @grpc.name(full_title)',
    ],
    ['@grpc.omit(', 'field', 'a field; it can have @grpc.omit, @grpc.allow, @grpc.number(7), @grpc.name(full_title)'],
    [
      '@grpc.number(7',
      'field',
      'a field; it can have @grpc.omit, @grpc.allow, @grpc.number(7), @grpc.name(full_title)',
    ],
    ['@grpc.number', 'field', 'a field; it can have @grpc.omit, @grpc.allow, @grpc.number(7), @grpc.name(full_title)'],
    ['@grpc.number(-1)', 'value', 'a value of an enum; it can have @grpc.number(7), @grpc.name(OUT_OF_PRINT)'],
    ['@grpc.number(1)', 'model', 'a model; it can have @grpc.omit, @grpc.name(Book)'],
    ['@grpc.omit', 'enum', 'an enum; it can have @grpc.name(BookStatus)'],
    ['@grpc.name(bookStatus)', 'enum', 'an enum; it can have @grpc.name(BookStatus)'],
    [
      '@grpc.name(full__title)',
      'field',
      'a field; it can have @grpc.omit, @grpc.allow, @grpc.number(7), @grpc.name(full_title)',
    ],
  ] as const)('that are invalid are reported: %s on %s', (comment, thing, why) => {
    const { omit, allow, number, problems } = read(comment, thing);
    expect(problems).toEqual([`field "a" has ${comment}, which means nothing on ${why}`]);
    expect({ omit, allow, number }).toEqual({
      omit: false,
      allow: false,
      number: undefined,
    });
  });
});
