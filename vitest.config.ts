import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    globalSetup: ['__tests__/setup.ts'],
    pool: 'forks',
    // Real parts take their time; a hang is caught here, speed is measured in bench/.
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
