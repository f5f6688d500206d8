// Changes src in small ways, one at a time, and looks whether a test notices: npm run mutants -- [--part 1/4] ROOM|FILE...
// With --part K/N, only every Nth ten of the mutants, from the Kth on.
// Stryker changes a copy of the checkout, so that the test command does not need it; runner.mjs tries the mutants there.
import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOMS } from './rooms.mjs';
import { Sandbox, trackedFiles } from './sandbox.mjs';

/** What must be noticed, in percent, of the mutants that `survivors.json` does not list. */
const LEAST_SCORE = 90;
/** `--part` takes so many neighbours, which the same tests notice. */
const TOGETHER = 10;
/** Tests that count or time what runs: the code that Stryker adds would count too. */
const COUNTING_TEST = /(?:bounds|linear|walks)\.test\.ts$/;

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

const sandbox = new Sandbox(root);
try {
  const scores = [];
  for (const [i, target] of targets.entries()) {
    scores.push({ name: names[i], ...(await scoreOf(target)) });
    console.table(scores.slice(-1));
  }
  process.exitCode = scores.every(({ score }) => score >= LEAST_SCORE) ? 0 : 1;
} finally {
  sandbox.remove();
}

/** What is mutated, and the tests beside it: of a room, or of one file with the tests of its room. */
function targetOf(name) {
  if (Object.hasOwn(ROOMS, name)) return ROOMS[name];
  const rooms = Object.values(ROOMS).filter(({ mutate }) => includesFile(mutate, name));
  return rooms[0] && { mutate: [name], tests: rooms[0].tests };
}

/** Prints the mutants of a target that no test noticed and `survivors.json` does not explain, and counts all of them. */
async function scoreOf({ mutate, tests }) {
  const files = trackedFiles(root).filter((file) => includesFile(mutate, file));
  const all = (await sandbox.mutate(files)).filter(({ status }) => status !== 'Ignored');
  const mutants = all.filter((_, i) => isInPart(i));
  const results = await resultsOf(mutants, testFilesOf(tests));
  sandbox.restore(files);
  const counts = { mutants: mutants.length, noticed: 0, explained: 0, survived: 0, loading: 0 };
  for (const mutant of mutants) {
    const state = stateOf(mutant, results.get(mutant.id));
    counts[state] += 1;
    if (state === 'survived') console.log(described(mutant, results.get(mutant.id)));
  }
  return { ...counts, score: Math.round((1000 * counts.noticed) / (counts.noticed + counts.survived)) / 10 };
}

/** The result of each mutant by its id. A process that hangs or ends with a mutant has noticed it, and another one goes on. */
async function resultsOf(mutants, tests) {
  const plan = {
    root: sandbox.path('checkout'),
    tests: tests.map((name) => sandbox.path('checkout', name)),
    flaky: [],
  };
  const results = new Map();
  rmSync(sandbox.path('state/coverage.json'), { force: true });
  for (let left = mutants; left.length > 0; left = left.filter(({ id }) => !results.has(id))) {
    const { notes, last } = await triedBy({
      ...plan,
      mutants: left.map(({ id, fileName }) => ({ id, file: fileName })),
    });
    for (const { failed } of notes) if (failed) console.log(`not used, as it fails without a mutant: ${failed}`);
    for (const note of notes) if (note.id) results.set(note.id, note);
    const anew = notes.at(-1)?.anew;
    if (anew === undefined && last.mutant)
      results.set(last.mutant, { state: 'noticed', by: `the end of ${last.scope}` });
    else if (anew === undefined && left.some(({ id }) => !results.has(id)))
      throw new Error(
        `The tests ended without a mutant, in ${last.scope}:\n${readFileSync(sandbox.path('state/log'), 'utf8').slice(-4000)}`,
      );
    if (anew !== undefined && left[0].id === anew) plan.flaky.push(notes.at(-1).test);
  }
  if (plan.flaky.length > 0)
    console.log(`failed with and without a mutant, and were left out then: ${plan.flaky.join(', ')}`);
  return results;
}

/** What one process notes, and what it did last. */
async function triedBy(plan) {
  const state = (name) => sandbox.path('state', name);
  writeFileSync(state('plan.json'), JSON.stringify(plan));
  for (const name of ['results', 'reached', 'active']) writeFileSync(state(name), '');
  // Processes of another user add to it.
  chmodSync(state('reached'), 0o666);
  writeFileSync(state('beat'), JSON.stringify({ scope: 'the start', patience: 120_000 }));
  const child = sandbox.start();
  const watch = setInterval(() => {
    if (Date.now() - statSync(state('beat')).mtimeMs > lastOf(state).patience) child.kill('SIGKILL');
  }, 1000);
  await once(child, 'exit');
  clearInterval(watch);
  const notes = readFileSync(state('results'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { notes, last: lastOf(state) };
}

function lastOf(state) {
  return JSON.parse(readFileSync(state('beat'), 'utf8') || '{"patience":1000}');
}

function stateOf({ fileName, mutatorName, code }, { state }) {
  if (state === 'noticed' || state === 'loading') return state;
  const isExplained = survivors.some(
    (one) => one.file === fileName && one.code === code && one.mutator === mutatorName,
  );
  return isExplained ? 'explained' : 'survived';
}

function described({ fileName, mutatorName, location, replacement, code }, { state }) {
  const note = state === 'unreached' ? ' (no test reaches it)' : '';
  const line = `${fileName}:${location.start.line + 1} ${mutatorName}: ${code}`;
  return `${line}\n    became ${replacement.replace(/\s+/g, ' ')}${note}`;
}

function isInPart(index) {
  return Math.floor(index / TOGETHER) % parts === part - 1;
}

function testFilesOf(patterns) {
  return trackedFiles(root).filter((file) => !COUNTING_TEST.test(file) && includesFile(patterns, file));
}

/** Whether the patterns of a room name a file, and no pattern with `!` excludes it. */
function includesFile(patterns, file) {
  const isExcluded = patterns.some((pattern) => pattern.startsWith('!') && matchesGlob(file, pattern.slice(1)));
  return !isExcluded && patterns.some((pattern) => matchesGlob(file, pattern));
}

/** `path.matchesGlob` needs Node.js 22. */
function matchesGlob(name, pattern) {
  const expression = pattern
    .split(/(\*\*\/|\*|\{.*?\})/)
    .map((part) =>
      part.startsWith('{')
        ? `(?:${part.slice(1, -1).replaceAll(',', '|')})`
        : ({ '**/': '(?:.*/)?', '*': '[^/]*' }[part] ?? part.replaceAll('.', '\\.')),
    );
  return new RegExp(`^${expression.join('')}$`).test(name);
}
