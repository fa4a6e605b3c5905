import { cp, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A copy of this package's build whose server has a regression. */
export interface SlowedBuild {
  readonly folder: string;
  /** Its command line. */
  readonly cli: string;
  remove(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A build whose server does the same work in so much more CPU time that its rate falls by a share, such as 0.1; 0 for an honest copy. */
export async function slowedBuild(slowerBy: number): Promise<SlowedBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-build-'));
  for (const name of ['dist', 'prisma', 'package.json']) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const module = join(folder, 'dist/demo/database.js');
  await rename(module, join(folder, 'dist/demo/fast-database.js'));
  await writeFile(module, burningModule(slowerBy));
  return {
    folder,
    cli: join(folder, 'dist/bin/grpc-stream.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Every millisecond, burns a part of the CPU time that the process has used since: a busy loop that any road of a row has to wait for. */
function burningModule(slowerBy: number): string {
  return `
export { createAdapter, createPrisma } from './fast-database.js';

const share = ${slowerBy / (1 - slowerBy)};
const used = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
let before = used();
if (share > 0) {
  setInterval(() => {
    const until = used() + (used() - before) * share;
    while (used() < until) {}
    before = used();
  }, 1).unref();
}
`;
}
