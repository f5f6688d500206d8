import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const built = fileURLToPath(new URL('dist/index.js', import.meta.url));

/** The tests that need nothing but the public names: they run on the built file too, which is what users get. */
const PUBLIC = [
  'test/config.test.ts',
  'test/definition.test.ts',
  'test/hostile-keys.test.ts',
  'test/resolve.test.ts',
  'test/secrets.test.ts',
  'test/schema/convict-*.test.ts',
  'test/schema/secret-values.test.ts',
  'test/schema/set.test.ts',
  'test/sources/environment-files.test.ts',
  'test/sources/flag-laws.test.ts',
  'test/sources/former*.test.ts',
  'test/sources/service.test.ts',
  'test/sources/traps.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'source', include: ['test/**/*.test.ts'] } },
      {
        plugins: [
          {
            name: 'built',
            enforce: 'pre',
            resolveId: (id) => (/\/src\/index\.ts$/.test(id) ? built : undefined),
          },
        ],
        test: { name: 'built', include: PUBLIC },
      },
    ],
  },
});
