import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real servers, databases and child processes: a slow machine is not a failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
