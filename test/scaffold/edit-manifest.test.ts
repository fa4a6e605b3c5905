import { expect, test } from 'vitest';
import { editManifest } from '../../src/scaffold/manifest.js';

const wanted = { type: 'module', scripts: { serve: 'grpc-stream serve' }, dependencies: { prisma: '^7.10.0' } };

function edit(text: string): string {
  return editManifest(text, 'package.json', wanted).content;
}

test('leaves a text that lacks nothing as it is, to the byte', () => {
  const text = '{"type":"module",\n "scripts":{"serve":"mine"}, "devDependencies":{"prisma":"*"}}';
  expect(editManifest(text, 'package.json', wanted)).toEqual({ content: text, added: [], keptScripts: ['serve'] });
});

test('keeps four spaces, line ends of Windows and a missing final newline', () => {
  expect(edit('{\r\n    "type": "module",\r\n    "dependencies": { "prisma": "^7.10.0" }\r\n}')).toBe(
    [
      '{',
      '    "type": "module",',
      '    "dependencies": {',
      '        "prisma": "^7.10.0"',
      '    },',
      '    "scripts": {',
      '        "serve": "grpc-stream serve"',
      '    }',
      '}',
    ].join('\r\n'),
  );
});

test('keeps keys that it does not know, where they are', () => {
  const edited = JSON.parse(edit('{ "zzz": 1, "name": "radio", "scripts": {}, "aaa": [true] }'));
  expect(Object.keys(edited)).toEqual(['zzz', 'name', 'scripts', 'aaa', 'type', 'dependencies']);
});

test('lists what it added', () => {
  expect(editManifest('{}', 'package.json', wanted).added).toEqual([
    '"type": "module"',
    'dependencies prisma',
    'scripts serve',
  ]);
});
