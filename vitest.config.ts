import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { stillRunning } from './test/support/still-running.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The projects in there run their own tests, where `npm run test:install` installs them.
    exclude: ['**/node_modules/**', 'test/**/fixtures/**'],
    reporters: ['default', stillRunning()],
    // Much of the time goes by waiting for servers, databases and processes: more files at once than cores, by one.
    maxWorkers: availableParallelism() + 1,
    // And a slow machine is not a failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
