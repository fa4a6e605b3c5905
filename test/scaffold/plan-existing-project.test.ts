import { describe, expect, test } from 'vitest';
import { SchemaError, UsageError } from '../../src/errors/index.js';
import { type ProjectPlan, planProject } from '../../src/scaffold/index.js';
import { packageRoot, temporaryFolder } from '../support/temporary-folder.js';

const schema = (provider: string, generator = 'provider = "prisma-client"\n  output = "../../lib/db"') => `
generator client {
  ${generator}
}
datasource db {
  provider = "${provider}"
}
model Track {
  id    Int    @id
  title String
}
model Play {
  at DateTime
  @@ignore
}
`;

/** A project that keeps everything elsewhere than the template does. */
const project = {
  'package.json':
    '{\n\t"name": "radio",\n\t"scripts": { "seed": "node seed.js" },\n\t"type": "module",\n\t"private": true\n}\n',
  'prisma.config.ts': `import path from 'node:path';\nexport default { schema: path.join('db', 'schema') };\n`,
  'db/schema/main.prisma': schema('postgresql'),
  'tsconfig.json': '{}',
};

function contentOf(plan: ProjectPlan, path: string): string {
  return plan.files.find((file) => file.path === path)?.content ?? '';
}

describe('a project with a Prisma schema', () => {
  test('gets what streaming adds, and what it lacks', async () => {
    const plan = await planProject({ folder: await temporaryFolder(project), packageRoot });
    expect(plan).toMatchObject({ kind: 'existing', provider: 'postgresql' });
    expect(plan.files.map(({ action, path }) => `${action} ${path}`)).toEqual([
      'create .env.example',
      'create .gitignore',
      'create buf.yaml',
      'edit package.json',
      'create src/grpc-stream.config.ts',
      'create src/grpc/database.ts',
    ]);
  });

  test.each(['buf.yaml', 'buf.work.yaml', 'proto/buf.yaml'])('keeps its rules for buf in %s', async (path) => {
    const plan = await planProject({
      folder: await temporaryFolder({ ...project, [path]: 'version: v2\n' }),
      packageRoot,
    });
    expect(plan.files.map((file) => file.path)).not.toContain('buf.yaml');
  });

  test('has its own schema and its own Prisma client named', async () => {
    const plan = await planProject({ folder: await temporaryFolder(project), packageRoot });
    expect(contentOf(plan, 'src/grpc-stream.config.ts')).toContain(`schema: 'db/schema',`);
    expect(contentOf(plan, 'src/grpc/database.ts')).toContain(`from '../../lib/db/client.js'`);
    expect(contentOf(plan, 'src/grpc/database.ts')).toContain(`from '@prisma/adapter-pg'`);
  });

  test.each([
    ['provider = "prisma-client-js"', '@prisma/client'],
    ['provider = "prisma-client-js"\n  output = "../../lib/db"', '../../lib/db/index.js'],
    [
      'provider = "prisma-client"\n  output = "../../lib/db"\n  generatedFileExtension = "mts"',
      '../../lib/db/client.mjs',
    ],
  ])('imports the client that %s makes', async (generator, specifier) => {
    const files = { ...project, 'db/schema/main.prisma': schema('postgresql', generator) };
    const plan = await planProject({ folder: await temporaryFolder(files), packageRoot });
    expect(contentOf(plan, 'src/grpc/database.ts')).toContain(`from '${specifier}'`);
    expect(plan.advice.join('\n')).not.toContain('generator');
  });

  test('has only what is missing added to its package.json, in its own indentation', async () => {
    const plan = await planProject({ folder: await temporaryFolder(project), packageRoot });
    const edited = contentOf(plan, 'package.json');
    expect(Object.keys(JSON.parse(edited))).toEqual([
      'name',
      'scripts',
      'type',
      'private',
      'dependencies',
      'devDependencies',
    ]);
    expect(edited).toMatch(/^\{\n\t"name": "radio",\n\t"scripts": \{\n\t\t"seed": "node seed.js",/);
    expect(JSON.parse(edited).scripts).toEqual({
      seed: 'node seed.js',
      generate: 'grpc-stream generate',
      serve: 'grpc-stream serve',
      bench: 'grpc-stream bench',
    });
    expect(plan.files.find(({ path }) => path === 'package.json')?.detail).toMatch(
      /^adds dependencies .*@prisma\/adapter-pg.*; scripts generate, serve, bench; keeps your scripts seed$/,
    );
  });

  test('is told what was found', async () => {
    const plan = await planProject({ folder: await temporaryFolder(project), packageRoot });
    expect(plan.found).toEqual([
      'Prisma schema db/schema (postgresql, 1 model to stream, named by prisma.config.ts); it stays as it is',
      'Prisma client in lib/db',
    ]);
  });

  test('needs nothing more after init has run', async () => {
    const first = await planProject({ folder: await temporaryFolder(project), packageRoot });
    const files = Object.fromEntries(first.files.map(({ path, content }) => [path, content]));
    const second = await planProject({ folder: await temporaryFolder({ ...project, ...files }), packageRoot });
    expect(second.files.map(({ action, path }) => `${action} ${path}`)).toEqual([
      'unchanged package.json',
      'unchanged src/grpc-stream.config.ts',
      'unchanged src/grpc/database.ts',
    ]);
  });

  test('gets no TypeScript file beside src, which would move everything in dist', async () => {
    const { 'prisma.config.ts': _, ...withoutConfig } = project;
    const folder = await temporaryFolder({ ...withoutConfig, 'prisma/schema.prisma': schema('postgresql') });
    const plan = await planProject({ folder, packageRoot });
    const created = plan.files.filter(({ action }) => action === 'create').map(({ path }) => path);
    expect(created).toContain('prisma.config.mjs');
    expect(created.filter((path) => path.endsWith('.ts'))).toEqual([
      'src/grpc-stream.config.ts',
      'src/grpc/database.ts',
    ]);
  });

  test('keeps a configuration where it is', async () => {
    const folder = await temporaryFolder({ ...project, 'grpc-stream.config.ts': 'export default {};' });
    const plan = await planProject({ folder, packageRoot });
    expect(plan.files.map(({ action, path }) => `${action} ${path}`)).toContain('keep grpc-stream.config.ts');
    expect(plan.files.map(({ path }) => path)).not.toContain('src/grpc-stream.config.ts');
  });

  test('stays CommonJS', async () => {
    const manifest = '{ "name": "radio", "main": "dist/index.js" }';
    const plan = await planProject({
      folder: await temporaryFolder({ ...project, 'package.json': manifest }),
      packageRoot,
    });
    expect(JSON.parse(contentOf(plan, 'package.json'))).not.toHaveProperty('type');
    expect(plan.advice.join('\n')).not.toContain('type');
  });

  test('may lack everything else', async () => {
    const plan = await planProject({
      folder: await temporaryFolder({ 'schema.prisma': schema('mysql') }),
      packageRoot,
    });
    expect(plan.files.map(({ action, path }) => `${action} ${path}`)).toEqual([
      'create .env',
      'create .env.example',
      'create .gitignore',
      'create buf.yaml',
      'create grpc-stream.config.ts',
      'create package.json',
      'create prisma.config.ts',
      'create src/grpc/database.ts',
      'create tsconfig.json',
    ]);
    expect(contentOf(plan, 'prisma.config.ts')).toContain(`schema: 'schema.prisma',`);
    expect(JSON.parse(contentOf(plan, 'package.json'))).toMatchObject({
      type: 'module',
      scripts: { serve: 'grpc-stream serve' },
    });
    // It will not be committed.
    expect(contentOf(plan, '.gitignore')).toContain('\n.env\n');
  });

  test('reaches CockroachDB as it reaches PostgreSQL', async () => {
    const folder = await temporaryFolder({
      'schema.prisma': schema('cockroachdb').replace('Int    @id', 'BigInt @id'),
    });
    const plan = await planProject({ folder, packageRoot, provider: 'postgresql' });
    expect(contentOf(plan, 'src/grpc/database.ts')).toContain('PrismaPg');
  });
});

describe('advice', () => {
  const adviceFor = async (files: Readonly<Record<string, string>>) =>
    (await planProject({ folder: await temporaryFolder({ ...project, ...files }), packageRoot })).advice.join('\n');

  test('names the generator that is missing', async () => {
    const without = schema('postgresql', 'provider = "prisma-json-types-generator"');
    expect(await adviceFor({ 'db/schema/main.prisma': without })).toContain(
      'the schema has no prisma-client generator',
    );
  });

  test('names a Prisma of another major version', async () => {
    const manifest = '{ "type": "module", "devDependencies": { "prisma": "^6.2.0" } }';
    expect(await adviceFor({ 'package.json': manifest })).toContain('package.json has prisma ^6.2.0; ^7');
  });

  test('has nothing against a Prisma whose version is not a number', async () => {
    const manifest = '{ "type": "module", "devDependencies": { "prisma": "workspace:*" } }';
    expect(await adviceFor({ 'package.json': manifest })).not.toContain('package.json has prisma');
  });

  test('names a rootDir that leaves out the configuration', async () => {
    const withRoot = (root: string) =>
      adviceFor({
        'tsconfig.json': `{ "compilerOptions": { "rootDir": "${root}" } }`,
        'grpc-stream.config.ts': 'export default {};',
      });
    expect(await withRoot('./src')).toContain('tsconfig.json has "rootDir": "src"');
    expect(await withRoot('.')).not.toContain('rootDir');
  });

  test('names the generated folder when it is not ignored', async () => {
    expect(await adviceFor({ '.gitignore': 'node_modules\n' })).toContain('add it to .gitignore');
    expect(await adviceFor({ '.gitignore': 'src/grpc/generated/\n' })).not.toContain('add it to .gitignore');
  });
});

describe('a schema that cannot be streamed is refused before the first write', () => {
  test('of another database than was asked for', async () => {
    const planning = planProject({ folder: await temporaryFolder(project), packageRoot, provider: 'sqlite' });
    await expect(planning).rejects.toThrow(UsageError);
    await expect(planning).rejects.toThrow('the Prisma schema is for postgresql, and --provider says sqlite');
  });

  test('of a database without an adapter here', async () => {
    const folder = await temporaryFolder({ 'schema.prisma': schema('sqlserver') });
    await expect(planProject({ folder, packageRoot })).rejects.toThrow('which cannot be streamed yet');
  });

  test('with a mistake in it', async () => {
    const folder = await temporaryFolder({ 'schema.prisma': 'model Track {' });
    await expect(planProject({ folder, packageRoot })).rejects.toThrow(SchemaError);
  });
});

describe('a schema of an older Prisma', () => {
  const old = `generator client {
  provider        = "prisma-client-js"
  previewFeatures = ["relationJoins", "formerFeature"]
}

datasource db {
  provider  = "postgresql"
  url       = env("POSTGRES_URL") // pooled
  directUrl = env("POSTGRES_DIRECT_URL")
}

model Track {
  id Int @id
}
`;
  const files = { 'package.json': '{}', 'prisma/schema.prisma': old };

  test('is refused with the commands that show and write what Prisma wants', async () => {
    const planning = planProject({ folder: await temporaryFolder(files), packageRoot });
    await expect(planning).rejects.toMatchObject({
      name: 'UsageError',
      message:
        'prisma/schema.prisma is of an older release of Prisma: url, directUrl, formerFeature cannot be in it any more',
      nextActions: [
        'see what would change: `npx grpc-stream init --update-schema --dry-run`',
        'let it be written: `npx grpc-stream init --update-schema`',
      ],
    });
  });

  test('becomes one of today when told, and its variables keep their names', async () => {
    const plan = await planProject({ folder: await temporaryFolder(files), packageRoot, updateSchema: true });
    expect(contentOf(plan, 'prisma/schema.prisma')).toBe(
      old.replace(/^ {2}(url|directUrl) .*\n/gm, '').replace(', "formerFeature"', ''),
    );
    expect(contentOf(plan, 'prisma.config.ts')).toContain('process.env.POSTGRES_DIRECT_URL');
    expect(contentOf(plan, 'src/grpc/database.ts')).toContain('process.env.POSTGRES_URL;');
    expect(contentOf(plan, '.env.example')).toContain('POSTGRES_URL=');
  });
});
