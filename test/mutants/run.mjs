// Changes src in small ways, one at a time, and looks whether a test notices: npm run mutants -- [--part 1/4] ROOM|FILE...
// Files of one room are tried together, as all its tests run twice first.
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
const COUNTING_TEST = /(?:bounds|check-count|linear|walks)\.test\.ts$/;

const root = fileURLToPath(new URL('../..', import.meta.url));
const survivors = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'));
const { values, positionals: names } = parseArgs({
  options: { part: { type: 'string', default: '1/1' } },
  allowPositionals: true,
});
const [, part, parts] = /^(\d+)\/(\d+)$/.exec(values.part)?.map(Number) ?? [];
const unknown = names.filter((name) => roomOf(name) === undefined);
if (names.length === 0 || unknown.length > 0 || !(1 <= part && part <= parts)) {
  console.error(`usage: npm run mutants -- [--part K/N] ROOM|FILE...\nrooms: ${Object.keys(ROOMS).join(', ')}`);
  process.exit(2);
}

const sandbox = new Sandbox(root);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    sandbox.remove();
    process.exit(1);
  });
}
try {
  for (const room of new Set(names.map(roomOf))) {
    const total = await tryRoom(room, names);
    if (!(total.score >= LEAST_SCORE)) process.exitCode = 1;
  }
} finally {
  sandbox.remove();
}

/** The room with this name, or the first one that this file is in. */
function roomOf(name) {
  if (Object.hasOwn(ROOMS, name)) return ROOMS[name];
  return Object.values(ROOMS).find(({ mutate }) => includesFile(mutate, name));
}

/** Tries the mutants of a whole room, or of its named files together; prints the counts of each file, and returns those of all. */
async function tryRoom(room, named) {
  const { mutate, tests } = room;
  const isWhole = named.some((name) => ROOMS[name] === room);
  const files = trackedFiles(root).filter((file) => includesFile(mutate, file) && (isWhole || named.includes(file)));
  const all = (await sandbox.mutate(files)).filter(({ status }) => status !== 'Ignored');
  const mutants = all.filter((_, i) => isInPart(i));
  const results = await resultsOf(mutants, testFilesOf(tests));
  sandbox.restore(files);
  const states = mutants.map((mutant) => ({ file: mutant.fileName, state: stateOf(mutant, results.get(mutant.id)) }));
  const rows = files.map((file) => ({ file, ...countsOf(states.filter((one) => one.file === file)) }));
  const total = { file: 'all', ...countsOf(states) };
  console.table(rows.length > 1 ? [...rows, total] : rows);
  return total;
}

function countsOf(states) {
  const counts = { mutants: states.length, noticed: 0, explained: 0, survived: 0, loading: 0 };
  for (const { state } of states) counts[state] += 1;
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
  const take = (note) => {
    if (note.failed) console.log(`not used, as it fails without a mutant: ${note.failed}`);
    if (!note.id) return;
    results.set(note.id, note);
    const mutant = mutants.find(({ id }) => id === note.id);
    if (stateOf(mutant, note) === 'survived') console.log(described(mutant, note));
  };
  rmSync(sandbox.path('state/coverage.json'), { force: true });
  for (let left = mutants; left.length > 0; left = left.filter(({ id }) => !results.has(id))) {
    const tried = left.map(({ id, fileName }) => ({ id, file: fileName }));
    const { lastNote, beat } = await triedBy({ ...plan, mutants: tried }, take);
    const anew = lastNote?.anew;
    if (anew === undefined && beat.mutant)
      results.set(beat.mutant, { state: 'noticed', by: `the end of ${beat.scope}` });
    else if (anew === undefined && left.some(({ id }) => !results.has(id)))
      throw new Error(
        `The tests ended without a mutant, in ${beat.scope}:\n${readFileSync(sandbox.path('state/log'), 'utf8').slice(-4000)}`,
      );
    if (anew !== undefined && left[0].id === anew) plan.flaky.push(lastNote.test);
  }
  if (plan.flaky.length > 0)
    console.log(`failed with and without a mutant, and were left out then: ${plan.flaky.join(', ')}`);
  return results;
}

/** Gives each note of one process to `take` as soon as it is written; returns the last one, and what the process did last. */
async function triedBy(plan, take) {
  const state = (name) => sandbox.path('state', name);
  writeFileSync(state('plan.json'), JSON.stringify(plan));
  for (const name of ['results', 'reached', 'active']) writeFileSync(state(name), '');
  // Processes of another user add to it.
  chmodSync(state('reached'), 0o666);
  let beat = { scope: 'the start', patience: 120_000 };
  writeFileSync(state('beat'), JSON.stringify(beat));
  const notes = [];
  const look = () => {
    // It is empty while the process writes it.
    const text = readFileSync(state('beat'), 'utf8');
    if (text !== '') beat = JSON.parse(text);
    const lines = readFileSync(state('results'), 'utf8').split('\n').slice(notes.length, -1);
    for (const line of lines) {
      notes.push(JSON.parse(line));
      take(notes.at(-1));
    }
  };
  const child = sandbox.start();
  const watch = setInterval(() => {
    look();
    if (Date.now() - statSync(state('beat')).mtimeMs > beat.patience) child.kill('SIGKILL');
  }, 1000);
  await once(child, 'exit');
  clearInterval(watch);
  look();
  return { lastNote: notes.at(-1), beat };
}

/** A reason in `survivors.json` is that of one change if it says what the code `became`, else of all of this kind. */
function stateOf({ fileName, mutatorName, replacement, code }, { state }) {
  if (state === 'noticed' || state === 'loading') return state;
  const isExplained = survivors.some(
    ({ file, mutator, became = onOneLine(replacement), ...one }) =>
      file === fileName && one.code === code && mutator === mutatorName && became === onOneLine(replacement),
  );
  return isExplained ? 'explained' : 'survived';
}

function described({ fileName, mutatorName, location, replacement, code, replaced }, { state }) {
  const note = state === 'unreached' ? ' (no test reaches it)' : '';
  const line = `${fileName}:${location.start.line + 1} ${mutatorName}: ${code}`;
  const was = replaced === code ? '' : ` in place of ${replaced}`;
  return `${line}\n    became ${onOneLine(replacement)}${was}${note}`;
}

function onOneLine(text) {
  return text.replace(/\s+/g, ' ');
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
