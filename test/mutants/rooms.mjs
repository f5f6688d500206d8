const PLAN_OF_SWEEP = 'src/cli/sweep/{axis,choices,combinations,draw,emit,point,progress,range,report,results}.ts';

const FLAGS = 'src/sources/{flag,flag-names,given-flags}.ts';
const VARIABLES =
  'src/sources/{dotenv,dotenv-source,env,member-variables,misspelt-prefix,named-variables,secret-file,unknown-variables,variable-owners,whole-variables}.ts';
const DOCUMENTS =
  'src/sources/{doubtful-entry,earlier-place,extended-files,extends-member,file-document,file-place,file-problems,file-reader,file-text,match-members,match-settings,migrate-in-memory,rename,rename-members}.ts';

/** The rooms of src that are mutated, each with the tests that notice what it does. */
export const ROOMS = {
  resolve: {
    mutate: ['src/resolve.ts', 'src/explain.ts', 'src/combine.ts'],
    tests: [
      'test/resolve.test.ts',
      'test/explain.test.ts',
      'test/config.test.ts',
      'test/definition.test.ts',
      'test/schema/merge.test.ts',
      'test/schema/member-keys.test.ts',
      'test/schema/member-paths.test.ts',
      'test/sources/unknown-keys.test.ts',
      'test/references.test.ts',
      'test/resolvers/resolvers.test.ts',
      'test/reload.test.ts',
      'test/non-json-values.test.ts',
    ],
  },
  schema: {
    mutate: ['src/schema/**/*.ts', '!src/schema/types*.ts'],
    tests: [
      'test/schema/*.test.ts',
      'test/definition.test.ts',
      'test/inputs/*.test.ts',
      'test/each.test.ts',
      'test/each-of.test.ts',
      'test/group-members.test.ts',
      'test/variants.test.ts',
      'test/variant-files.test.ts',
      'test/references.test.ts',
      'test/resolvers/*.test.ts',
      'test/resolve.test.ts',
      'test/rules/rules.test.ts',
      'test/refused-values.test.ts',
      'test/non-json-values.test.ts',
      'test/unseen-names.test.ts',
      'test/sources/former.test.ts',
      'test/sources/unknown-keys.test.ts',
    ],
  },
  // The sources are four rooms, each with the tests of its own subject: with those of all, a survivor takes a minute.
  flags: {
    mutate: [FLAGS],
    tests: [
      'test/sources/{flag,flag-laws,flag-prototype,traps,former}.test.ts',
      'test/inputs/{contradictions,near-misses}.test.ts',
      'test/same-names.test.ts',
      'test/unseen-names.test.ts',
      'test/each.test.ts',
      'test/variants.test.ts',
    ],
  },
  variables: {
    mutate: [VARIABLES],
    tests: [
      'test/sources/{env,dotenv,dotenv-differential,environment-files,former,secret,traps,unknown-keys}.test.ts',
      'test/inputs/{contradictions,missing-files,near-misses,special-files}.test.ts',
      'test/rules/profiles.test.ts',
      'test/watch-sources.test.ts',
      'test/secrets.test.ts',
      'test/same-names.test.ts',
      'test/unseen-names.test.ts',
      'test/each.test.ts',
    ],
  },
  documents: {
    mutate: [DOCUMENTS],
    tests: [
      'test/sources/{env,extends,file-places,flag,former,former-saves,inexact-numbers,rename,secret}.test.ts',
      'test/sources/{traps,unknown-keys,whole-file}.test.ts',
      'test/inputs/{contradictions,missing-files,near-misses,unknown-members}.test.ts',
      'test/migrations/{migrations,stores}.test.ts',
      'test/config.test.ts',
      'test/formats/config.test.ts',
      'test/saved-{origins,overrides}.test.ts',
      'test/secrets.test.ts',
      'test/hostile-keys.test.ts',
      'test/same-names.test.ts',
      'test/each.test.ts',
      'test/each-of.test.ts',
      'test/group-members.test.ts',
      'test/variants.test.ts',
      'test/variant-files.test.ts',
    ],
  },
  sources: {
    mutate: ['src/sources/*.ts', `!${FLAGS}`, `!${VARIABLES}`, `!${DOCUMENTS}`],
    tests: [
      'test/sources/{files-watch,secret,service,settled-document}.test.ts',
      'test/inputs/{missing-files,special-files}.test.ts',
      'test/rules/{directory,doors}.test.ts',
      'test/watch-sources.test.ts',
      'test/watch.test.ts',
      'test/reload.test.ts',
      'test/last-known-good.test.ts',
      'test/migrations/stores.test.ts',
      'test/references.test.ts',
      'test/resolvers/*.test.ts',
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
      'test/inputs/unknown-members.test.ts',
      'test/migrations/{migrations,stores}.test.ts',
      'test/resolvers/*.test.ts',
      'test/rules/{doors,layouts,rules,rule-secrets}.test.ts',
      'test/wrong-types.test.ts',
      'test/schema/{member-keys,set}.test.ts',
      'test/sources/{extends,former-saves}.test.ts',
    ],
  },
  json: { mutate: ['src/json/**/*.ts'], tests: ['test/json/*.test.ts'] },
  'json-file': {
    mutate: ['src/stores/json-file.ts', 'src/stores/json-file/*.ts'],
    tests: [
      'test/stores/json-file*.test.ts',
      'test/stores/lock.test.ts',
      'test/contract/json-file.test.ts',
      'test/faults/{access,file-system}.test.ts',
    ],
  },
  // The runs of a sweep are planned, and reported, without a process of their own.
  'sweep-plan': {
    mutate: [PLAN_OF_SWEEP],
    tests: ['test/cli/sweep-{axes,folder}.test.ts'],
  },
  // `orphans.ts` sends signals: changed, it would end processes that the test did not start.
  sweep: {
    mutate: ['src/cli/sweep/**/*.ts', `!${PLAN_OF_SWEEP}`, '!src/cli/sweep/orphans.ts'],
    tests: ['test/cli/sweep*.test.ts'],
  },
  mcp: { mutate: ['src/mcp/**/*.ts'], tests: ['test/mcp/*.test.ts'] },
};
