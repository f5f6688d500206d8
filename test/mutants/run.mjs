// Changes src in small ways, one at a time, and looks whether a test notices: npm run mutants -- [--part 1/4] ROOM|FILE...
// With --part K/N, only every Nth block of lines is changed, from the Kth on: a whole room takes hours.
// Stryker is installed into a copy of the checkout, so that the test command does not need it.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOMS } from './rooms.mjs';

/** 10 needs Node.js 22. */
const STRYKER = '9.6.1';
/** What must be noticed, in percent, of the mutants that `survivors.json` does not list. */
const LEAST_SCORE = 90;
/** The lines of a block of `--part`. A mutant that is longer, such as the whole body of a long function, is in no part. */
const LINES_IN_BLOCK = 40;
/** Tests that count what runs: Stryker's own code would be counted too. */
const COUNTING_TESTS = ['test/**/bounds.test.ts', 'test/walks.test.ts'];

const root = fileURLToPath(new URL('../..', import.meta.url));
const survivors = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'));
const { values, positionals: names } = parseArgs({
  options: { part: { type: 'string', default: '1/1' } },
  allowPositionals: true,
});
const [, part, parts] = /^(\d+)\/(\d+)$/.exec(values.part)?.map(Number) ?? [];
const targets = names.map(targetOf);
if (names.length === 0 || targets.includes(undefined) || !(1 <= part && part <= parts)) {
  console.error(`usage: npm run mutants -- [--part K/N] ROOM|FILE...\nrooms: ${Object.keys(ROOMS).join(', ')}`);
  process.exit(2);
}

const copy = mkdtempSync(join(tmpdir(), 'varve-mutants-'));
try {
  // Some tests start processes of another user, which load the code from here.
  chmodSync(copy, 0o755);
  copyCheckout();
  const scores = targets.map((target, i) => ({ name: names[i], ...scoreOf(target) }));
  console.table(scores);
  process.exitCode = scores.every(({ score }) => score >= LEAST_SCORE) ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function copyCheckout() {
  const tracked = run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    stdio: 'pipe',
  });
  for (const file of tracked.split('\0').filter(Boolean)) cpSync(join(root, file), join(copy, file));
  run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline']);
  // Processes that tests start run the package as it is.
  run('npm', ['run', '--silent', 'build']);
  run('npm', [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    `@stryker-mutator/core@${STRYKER}`,
    `@stryker-mutator/vitest-runner@${STRYKER}`,
  ]);
}

/** What is mutated, and the tests beside it: of a room, or of one file with the tests of its room. */
function targetOf(name) {
  if (Object.hasOwn(ROOMS, name)) return ROOMS[name];
  const rooms = Object.values(ROOMS).filter(({ mutate }) => includesFile(mutate, name));
  return rooms[0] && { mutate: [name], tests: rooms[0].tests };
}

/** The patterns of a room for Stryker: with `--part`, each file with the lines that belong to the part. */
function patternsOf(mutate) {
  if (parts === 1) return mutate;
  const files = run('git', ['ls-files', 'src'], { cwd: root, stdio: 'pipe' }).trim().split('\n');
  return files.filter((file) => includesFile(mutate, file)).flatMap((file) => blocksOf(file));
}

function blocksOf(file) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n').length;
  const firsts = Array.from({ length: Math.ceil(lines / LINES_IN_BLOCK) }, (_, block) => block * LINES_IN_BLOCK + 1);
  return firsts
    .filter((_, block) => block % parts === part - 1)
    .map((first) => `${file}:${first}-${first + LINES_IN_BLOCK - 1}`);
}

/** Whether the patterns of a room name a file, and no pattern with `!` excludes it. */
function includesFile(mutate, file) {
  const isExcluded = mutate.some((pattern) => pattern.startsWith('!') && matchesGlob(file, pattern.slice(1)));
  return !isExcluded && mutate.some((pattern) => matchesGlob(file, pattern));
}

/** `path.matchesGlob` needs Node.js 22. */
function matchesGlob(name, pattern) {
  const parts = pattern
    .split(/(\*\*\/|\*)/)
    .map((part) => ({ '**/': '(?:.*/)?', '*': '[^/]*' })[part] ?? part.replaceAll('.', '\\.'));
  return new RegExp(`^${parts.join('')}$`).test(name);
}

/** Prints the mutants of a target that no test noticed and `survivors.json` does not explain, and counts all of them. */
function scoreOf({ mutate, tests }) {
  writeFileSync(
    join(copy, 'vitest.mutants.ts'),
    `export default { test: { include: ${JSON.stringify(tests)}, exclude: ${JSON.stringify(COUNTING_TESTS)}, env: { VARVE_OLD_BUILD: '1' }, maxWorkers: 1, testTimeout: 60_000 } };\n`,
  );
  writeFileSync(
    join(copy, 'stryker.config.json'),
    JSON.stringify({
      mutate: patternsOf(mutate),
      // The checkout is a copy already.
      inPlace: true,
      testRunner: 'vitest',
      plugins: ['@stryker-mutator/vitest-runner'],
      vitest: { configFile: 'vitest.mutants.ts', related: false },
      coverageAnalysis: 'perTest',
      // A mutant that runs only while its module loads needs all tests anew.
      ignoreStatic: true,
      // Texts are compared word by word in the golden files, by processes that Stryker does not see.
      mutator: { excludedMutations: ['StringLiteral'] },
      // TypeScript 7 has no API that could read the file.
      tsconfigFile: 'none.json',
      reporters: ['json'],
      timeoutMS: 30_000,
    }),
  );
  run('npx', ['stryker', 'run']);
  const { files } = JSON.parse(readFileSync(join(copy, 'reports/mutation/mutation.json'), 'utf8'));
  const counts = { noticed: 0, explained: 0, survived: 0 };
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const lines = source.split('\n');
    for (const { status, location, mutatorName, replacement } of mutants) {
      const code = lines[location.start.line - 1].trim();
      if (status === 'Killed' || status === 'Timeout') counts.noticed += 1;
      else if (status !== 'Survived' && status !== 'NoCoverage') continue;
      else if (survivors.some((one) => one.file === file && one.code === code && one.mutator === mutatorName))
        counts.explained += 1;
      else {
        counts.survived += 1;
        console.log(
          `${file}:${location.start.line} ${mutatorName}: ${code}\n    became ${replacement.replace(/\s+/g, ' ')}`,
        );
      }
    }
  }
  return { ...counts, score: Math.round((1000 * counts.noticed) / (counts.noticed + counts.survived)) / 10 };
}

function run(command, args, options = {}) {
  const { status, stdout } = spawnSync(command, args, { cwd: copy, encoding: 'utf8', stdio: 'inherit', ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
  return stdout;
}
