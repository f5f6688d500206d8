/**
 * The rooms of src that are mutated, each with the tests that run in one process with it: what only a process started by a
 * test executes cannot be told apart there, and needs a test of its own.
 */
export const ROOMS = {
  resolve: {
    mutate: ['src/resolve.ts', 'src/explain.ts', 'src/combine.ts'],
    tests: [
      'test/resolve.test.ts',
      'test/explain.test.ts',
      'test/config.test.ts',
      'test/definition.test.ts',
      'test/schema/merge.test.ts',
      'test/sources/unknown-keys.test.ts',
    ],
  },
  schema: {
    mutate: ['src/schema/**/*.ts', '!src/schema/types*.ts'],
    tests: ['test/schema/*.test.ts', 'test/definition.test.ts', 'test/inputs/*.test.ts'],
  },
  sources: {
    mutate: ['src/sources/**/*.ts'],
    tests: [
      'test/sources/*.test.ts',
      'test/inputs/*.test.ts',
      'test/watch-sources.test.ts',
      'test/each.test.ts',
      'test/last-known-good.test.ts',
      'test/migrations/{migrations,stores}.test.ts',
      'test/references.test.ts',
      'test/resolvers/*.test.ts',
      'test/rules/directory.test.ts',
    ],
  },
  config: {
    mutate: ['src/config/**/*.ts'],
    tests: [
      'test/config.test.ts',
      'test/reload.test.ts',
      'test/watch.test.ts',
      'test/snapshot.test.ts',
      'test/history.test.ts',
      'test/secrets.test.ts',
      'test/non-json-values.test.ts',
      'test/refused-values.test.ts',
      'test/saved-origins.test.ts',
      'test/threads.test.ts',
      'test/each.test.ts',
      'test/each-of.test.ts',
      'test/group-members.test.ts',
      'test/last-known-good.test.ts',
      'test/references.test.ts',
      'test/saved-overrides.test.ts',
      'test/variant-files.test.ts',
      'test/variants.test.ts',
      'test/cli/repeat.test.ts',
      'test/migrations/{migrations,stores}.test.ts',
      'test/resolvers/*.test.ts',
      'test/rules/{doors,layouts,rules,rule-secrets}.test.ts',
      'test/schema/set.test.ts',
      'test/sources/{extends,former-saves}.test.ts',
    ],
  },
  json: { mutate: ['src/json/**/*.ts'], tests: ['test/json/*.test.ts'] },
  'json-file': {
    mutate: ['src/stores/json-file.ts', 'src/stores/json-file/*.ts'],
    tests: ['test/stores/json-file*.test.ts', 'test/stores/lock.test.ts', 'test/contract/json-file.test.ts'],
  },
  sweep: { mutate: ['src/cli/sweep/**/*.ts'], tests: ['test/cli/sweep*.test.ts', 'test/training.test.ts'] },
  mcp: { mutate: ['src/mcp/**/*.ts'], tests: ['test/mcp/*.test.ts'] },
};
