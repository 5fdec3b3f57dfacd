import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['{apps,libs,sandbox,bench,chaos}/**/*.spec.ts'] } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.integration.spec.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/quiet.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Each file has a database and a virtual host of its own; more at a time only make each other slow.
          maxWorkers: 2,
        },
      },
    ],
  },
});
