import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Many tests wait for processes of their own, so that no core is left over for vitest itself.
    maxWorkers: availableParallelism(),
    // Only a test that hangs takes so long: those with servers and processes wait for a busy machine.
    testTimeout: 30_000,
  },
});
