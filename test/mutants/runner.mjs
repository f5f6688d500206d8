// Runs in vitest's worker: loads the changed code once, and tries each mutant with the tests that reach it, until one fails.
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { TestRunner, vi } from 'vitest';

/** A test that takes longer with a mutant than this, and than five times its usual time, has noticed it. */
const LEAST_PATIENCE_MS = 5000;
/** What a test may take without a mutant, and what `beforeAll` may take besides. */
const MOST_PATIENCE_MS = 60_000;
const HOOK_PATIENCE_MS = 30_000;
/** The same without a mutant, while a busy machine loads all modules: only a defect of the tests takes longer. */
const LOADING_PATIENCE_MS = 300_000;
/** Slower tests run after all quicker ones. */
const SLOW_MS = 250;
/** What the slow tests of one mutant may take together; it counts as survived without the others. */
const MOST_SLOW_MS = 8_000;
/** Tests that compare times, or count. */
const TIMING_TEST = /\blinear (?:time|work)\b/;
/** So many of the tests that noticed the last mutants of a file run first. */
const FIRST_TESTS = 4;

const { resolve } = createRequire(import.meta.url);
// The copy of @vitest/runner that vitest itself loads.
const { startTests } = await import(createRequire(resolve('vitest/package.json')).resolve('@vitest/runner'));
const { setTimeout, clearTimeout } = globalThis;
const folder = process.env.VARVE_MUTANTS;
const plan = JSON.parse(read('plan.json'));
// The changed code asks this object which mutant is active, and counts in it what it reaches.
const switches = { activeMutant: '', mutantCoverage: { static: {}, perTest: {} } };
globalThis.__stryker__ = switches;
fc.configureGlobal({ seed: 1, numRuns: 30, interruptAfterTimeLimit: 500, endOnFailure: true });

export default class MutantRunner extends TestRunner {
  #isBegun = false;
  #mutant;
  #file;
  /** The tests to run; without, all of the file. */
  #wanted;
  #stopsAtFailure = false;
  #hasFailed = false;
  /** The time of each test without a mutant, by its id. */
  #usual = new Map();
  /** The tests that noticed mutants of a file last, by its name. */
  #noticing = new Map();

  /** After vitest's own run, which has only one empty test. */
  async onAfterRunFiles(files) {
    super.onAfterRunFiles(files);
    if (this.#isBegun) return;
    this.#isBegun = true;
    // What follows is not reported to vitest.
    Object.assign(this, { onTaskUpdate: async () => {}, onCollected: undefined, onCollectStart: super.onCollectStart });
    if (!existsSync(join(folder, 'coverage.json')))
      writeFileSync(join(folder, 'coverage.json'), JSON.stringify(await this.#dryRun()));
    else await this.#loadAgain();
    await this.#tryAll(JSON.parse(read('coverage.json')));
  }

  /** Runs all tests twice: what the first run reaches and the second does not, runs only while a module loads. */
  async #dryRun() {
    await this.#runAll();
    const first = Object.keys(
      Object.assign({}, switches.mutantCoverage.static, ...Object.values(switches.mutantCoverage.perTest)),
    );
    switches.mutantCoverage.static = {};
    for (const id of Object.keys(switches.mutantCoverage.perTest)) delete switches.mutantCoverage.perTest[id];
    writeFileSync(join(folder, 'recording'), '');
    const tests = (await this.#runAll()).filter(({ state }) => state === 'pass');
    rmSync(join(folder, 'recording'));
    const { perTest } = switches.mutantCoverage;
    const second = Object.assign({}, ...Object.values(perTest));
    const modules = [...this.workerState.evaluatedModules.idToModuleMap.keys()].filter((id) =>
      id.startsWith(`${plan.root}/src/`),
    );
    return {
      modules,
      loading: first.filter((id) => !(id in second)),
      hits: Object.values(perTest).reduce((sum, hits) => addedTo(sum, hits), {}),
      tests: tests.map(({ id, file, ms, children }) => ({
        id,
        file,
        ms,
        reached: [...Object.keys({ ...perTest[file], ...perTest[id] }), ...children],
      })),
    };
  }

  async #runAll() {
    const results = [];
    for (const file of plan.tests) results.push(...(await this.#runFile(file)));
    for (const { name, file, state, error } of results)
      if (state === 'fail') note({ failed: `${file} ${name}: ${error}` });
    return results;
  }

  /** In a process that replaces one that hung: without a mutant, what the first process had loaded. */
  async #loadAgain() {
    for (const module of JSON.parse(read('coverage.json')).modules) await this.moduleRunner.import(module);
  }

  async #tryAll({ loading, hits, tests }) {
    const ignored = new Set(loading);
    this.#usual = new Map(tests.map(({ id, ms }) => [id, ms]));
    const reaching = new Map();
    for (const test of tests)
      for (const id of test.reached) {
        if (!reaching.has(id)) reaching.set(id, []);
        reaching.get(id).push(test);
      }
    this.#stopsAtFailure = true;
    for (const { id, file } of plan.mutants) {
      const begun = performance.now();
      const state = ignored.has(id)
        ? 'loading'
        : reaching.has(id)
          ? await this.#tried(id, file, reaching.get(id), hits[id] ?? 0)
          : 'unreached';
      note({ id, state: state.by ? 'noticed' : state, by: state.by, ms: Math.round(performance.now() - begun) });
    }
  }

  async #tried(id, source, tests, hits) {
    for (const group of this.#inOrder(tests, this.#noticing.get(source) ?? [])) {
      this.#activate(id, hits);
      const failed = (await this.#runFile(group.file, group.ids)).find(({ state }) => state === 'fail');
      this.#activate('', 0);
      if (failed === undefined) continue;
      // Without the mutant the same tests must pass: otherwise an earlier mutant has left something behind.
      const again = (await this.#runFile(group.file, failed.id ? new Set([failed.id]) : group.ids)).find(
        ({ state }) => state === 'fail',
      );
      if (again !== undefined) await startAnew(id, again);
      this.#noticing.set(
        source,
        [failed.id, ...(this.#noticing.get(source) ?? []).filter((one) => one !== failed.id)].slice(0, FIRST_TESTS),
      );
      return { by: `${group.file.slice(plan.root.length + 1)} ${failed.name}: ${failed.error}` };
    }
    return 'survived';
  }

  /** The tests by file: the quick ones first, and among them and the slow ones those first that noticed the mutants before. */
  #inOrder(tests, first) {
    const rank = ({ id, ms }) => (ms < SLOW_MS ? 0 : 2) + (first.includes(id) ? 0 : 1);
    const groups = [0, 1, 2, 3].flatMap((wanted) => {
      const files = new Map();
      for (const test of tests.filter((one) => rank(one) === wanted && !plan.flaky.includes(one.id))) {
        // A slow test is a group of its own, so that the quicker ones run first.
        const key = wanted < 2 ? test.file : test.id;
        const group = files.get(key) ?? { file: test.file, ids: new Set(), ms: 0, isSlow: wanted >= 2 };
        group.ids.add(test.id);
        group.ms += test.ms;
        files.set(key, group);
      }
      return [...files.values()].sort((a, b) => a.ms - b.ms);
    });
    let slow = 0;
    return groups.filter(({ isSlow, ms }) => {
      if (!isSlow) return true;
      slow += ms;
      return slow - ms < MOST_SLOW_MS;
    });
  }

  #activate(id, hits) {
    this.#mutant = id;
    Object.assign(switches, { activeMutant: id, hitCount: 0, hitLimit: 10_000 + 100 * hits });
    writeFileSync(join(folder, 'active'), id);
  }

  /** The results of the tests that ran; of a file that could not be loaded, its own. */
  async #runFile(file, wanted) {
    this.#file = file;
    this.#wanted = wanted;
    this.#hasFailed = false;
    this.workerState.filepath = file;
    this.#enter(file);
    const [task] = await startTests([{ filepath: file }], this);
    vi.resetConfig();
    vi.useRealTimers();
    vi.restoreAllMocks();
    const results = testsOf(task).map(resultOf);
    const broken = suitesOf(task).find(({ result }) => result?.errors?.length > 0);
    if (broken && !results.some(({ state }) => state === 'fail')) results.push({ ...resultOf(broken), id: undefined });
    return results.map((result) => ({ ...result, file }));
  }

  /** Counts what follows for `scope`: a test, or a file with all its tests. */
  #enter(scope, patience = this.#mutant ? HOOK_PATIENCE_MS : LOADING_PATIENCE_MS) {
    switches.currentTestId = scope;
    // Renamed, so that it is whole whenever the other process reads it, or ends this one.
    writeFileSync(join(folder, 'beat.new'), JSON.stringify({ mutant: this.#mutant, scope, patience }));
    renameSync(join(folder, 'beat.new'), join(folder, 'beat'));
  }

  importFile(filepath, source) {
    const loaded = this.workerState.evaluatedModules.getModuleById(filepath);
    if (loaded) this.workerState.evaluatedModules.invalidateModule(loaded);
    return super.importFile(filepath, source);
  }

  onBeforeRunFiles(files) {
    for (const file of files) select(file, this.#wanted);
  }

  async onBeforeRunTask(test) {
    if (this.#stopsAtFailure && this.#hasFailed) test.mode = 'skip';
    await super.onBeforeRunTask(test);
    if (isToRun(test)) this.#enter(test.id, this.#patienceWith(test) + HOOK_PATIENCE_MS);
  }

  async onAfterRunTask(test) {
    super.onAfterRunTask(test);
    if (test.result.state === 'fail') this.#hasFailed = true;
    test.children = takeReached();
    this.#enter(this.#file);
  }

  /** Nothing is written, and snapshots of tests that did not run are not obsolete. */
  async onAfterRunSuite(suite) {
    this.workerState.current = suite.suite ?? suite.file;
  }

  async runTask(test) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('It takes too long.')), this.#patienceWith(test));
    });
    await Promise.race([TestRunner.getTestFn(test)(), late]).finally(() => clearTimeout(timer));
  }

  #patienceWith({ id }) {
    return this.#usual.has(id) ? LEAST_PATIENCE_MS + 5 * this.#usual.get(id) : MOST_PATIENCE_MS;
  }
}

/** Whether a task has tests to run after those that are not wanted are skipped. One runs after another, so that each knows what it reached. */
function select(task, wanted) {
  if (task.type === 'test') {
    task.concurrent = false;
    const isLeftOut = TIMING_TEST.test(task.name) || (wanted && !wanted.has(task.id));
    if (isLeftOut && isToRun(task)) task.mode = 'skip';
    return isToRun(task);
  }
  const runs = task.tasks.map((one) => select(one, wanted)).includes(true);
  if (!runs && isToRun(task)) task.mode = 'skip';
  return runs;
}

function isToRun({ mode }) {
  return mode === 'run' || mode === 'queued';
}

function testsOf(task) {
  if (task.type === 'test') return task.result?.state === 'pass' || task.result?.state === 'fail' ? [task] : [];
  return task.tasks.flatMap(testsOf);
}

function suitesOf(task) {
  return task.type === 'test' ? [] : [task, ...task.tasks.flatMap(suitesOf)];
}

function resultOf({ id, name, result, children = [] }) {
  const error = result.errors?.[0]?.message?.slice(0, 200).replace(/\s+/g, ' ');
  return { id, name, state: result.state, error, ms: result.duration ?? 0, children };
}

/** The mutants that processes of the test have reached. */
function takeReached() {
  if (!existsSync(join(folder, 'recording'))) return [];
  const ids = new Set(read('reached').split('\n').filter(Boolean));
  writeFileSync(join(folder, 'reached'), '');
  return [...ids];
}

function addedTo(sum, hits) {
  for (const [id, count] of Object.entries(hits)) sum[id] = (sum[id] ?? 0) + count;
  return sum;
}

/** Ends this process; the next one begins with the same mutant. */
async function startAnew(id, { id: test, name, error }) {
  note({ anew: id, test, error: `${name}: ${error}` });
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => {});
}

function note(line) {
  appendFileSync(join(folder, 'results'), `${JSON.stringify(line)}\n`);
}

function read(name) {
  return readFileSync(join(folder, name), 'utf8');
}
