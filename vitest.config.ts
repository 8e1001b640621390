import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    globalSetup: ['__tests__/setup.ts'],
    pool: 'forks',
    // Most of a test is waiting for containers; with more of them at once they would wait for each other.
    maxWorkers: 2,
    // Real parts take their time; a hang is caught here, speed is measured in bench/.
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
