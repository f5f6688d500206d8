import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The first words of a test file that must not share its process with others; test/shared-process.ts asks for them. */
const ALONE = '// In a process of its own: ';

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name).replaceAll('\\', '/'));
const alone = tests.filter((name) => readFileSync(name, 'utf8').startsWith(ALONE));

/** The files that take more than ten seconds. They run first, so that none is left to run alone at the end. */
const LONGEST = [
  'inspector/page',
  'inspector/groups',
  'linear',
  'pages/pages',
  'cli/sweep',
  'package',
  'mcp/mcp',
  'cli/prompts',
  'faults/bad-files',
  'stores/postgres',
  'cli/completion',
  'cli/yargs',
  'examples',
  'contract/etcd',
  'contract/etcd-cluster',
  'fleet',
  'fleet-postgres',
  'fleet/crash',
  'faults/writers',
  'stores/etcd',
].map((name) => `test/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
      return rank < 0 ? LONGEST.length : rank;
    };
    const projectOf = ({ project }: TestSpecification): number => (project.config.isolate ? 0 : 1);
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => projectOf(a) - projectOf(b) || rankOf(a) - rankOf(b));
  }
}

// Only a test that hangs takes so long: those with servers and processes wait for a busy machine.
const patience = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    sequence: { sequencer: LongestFirst },
    // One more than cores, as many tests wait for processes, watches and servers.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { test: { name: 'alone', include: alone, ...patience } },
      {
        test: {
          name: 'shared',
          include: tests.filter((name) => !alone.includes(name)),
          ...patience,
          // To load the sources for each file took a quarter of the whole run.
          isolate: false,
          setupFiles: ['test/shared-process.ts'],
          provide: { isSharedProcess: true },
        },
      },
    ],
  },
});
