// A copy of the checkout whose code is changed, and processes that see and write nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** 10 needs Node.js 22. */
const STRYKER = '9.6.1';
/** Changed code must not send signals to other processes, nor write to other files: it sees only its own, and the rest is read-only. */
const CONFINED = [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  ...['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
  // The shell stays, and reaps processes that lose their parent.
  'mount --bind "$0" "$0" && mount -o remount,bind,ro / && cd "$0/checkout" && "$@"; exit $?',
];
/** The only test that vitest itself runs; the worker tries the mutants after it. */
const EMPTY_TEST = `import { test } from 'vitest';\ntest('nothing', () => {});\n`;

const STRYKER_FUNCTIONS = /function stryNS_9fa48\(\) \{.*?return isActive\(id\);\n\}/s;
/** What changed code calls. A process that a test started looks beside the checkout which mutant is active. */
const SWITCHES = `
function stryNS_9fa48() {
  return (globalThis.__stryker__ ??= process.getBuiltinModule('node:module').createRequire(CHILD)(CHILD));
}
function stryCov_9fa48(...ids) {
  const { currentTestId, mutantCoverage } = stryNS_9fa48();
  const hits = currentTestId ? (mutantCoverage.perTest[currentTestId] ??= {}) : mutantCoverage.static;
  for (const id of ids) hits[id] = (hits[id] ?? 0) + 1;
}
function stryMutAct_9fa48(id) {
  const state = stryNS_9fa48();
  if (state.activeMutant !== id) return false;
  if (++state.hitCount > state.hitLimit) throw new Error('The mutant is reached without end.');
  return true;
}`;

export class Sandbox {
  #folder = mkdtempSync(join(tmpdir(), 'varve-mutants-'));
  #originals = new Map();
  #child;

  constructor(root) {
    // Some tests start processes of another user, which load the code from here.
    chmodSync(this.#folder, 0o755);
    for (const name of ['checkout', 'home', 'state', 'tmp']) mkdirSync(this.path(name));
    chmodSync(this.path('tmp'), 0o1777);
    if (this.#confined(['true']).status !== 0)
      throw new Error('unshare cannot confine the processes of the mutants here.');
    for (const file of trackedFiles(root)) cpSync(join(root, file), this.path('checkout', file));
    // To install them takes minutes on a busy machine.
    this.#run('cp', ['-a', join(root, 'node_modules'), this.path('checkout')]);
    this.#run('npm', ['install', '--no-save', '--no-audit', '--no-fund', `@stryker-mutator/instrumenter@${STRYKER}`]);
    // Changed code has no types that a declaration could show.
    const types = JSON.parse(readFileSync(this.path('checkout/tsconfig.build.json'), 'utf8'));
    types.compilerOptions.isolatedDeclarations = false;
    writeFileSync(this.path('checkout/tsconfig.build.json'), JSON.stringify(types));
  }

  path(...names) {
    return join(this.#folder, ...names);
  }

  /**
   * Writes `files` with all their mutants, which are switched on one by one, builds the package of them, and lists the
   * mutants, each with the line of code where it begins, and the code on that line that it replaces.
   */
  async mutate(files) {
    const instrumenter = await this.#instrumenter();
    const sources = files.map((name) => ({ name, mutate: true, content: this.#original(name) }));
    // Texts are compared word by word in the golden files.
    const options = { plugins: null, excludedMutations: ['StringLiteral'], ignorers: [] };
    const result = await instrumenter.instrument(sources, options);
    for (const { name, content } of result.files)
      writeFileSync(this.path('checkout', name), this.#withSwitches(content));
    cpSync(new URL('child.cjs', import.meta.url), this.path('state/child.cjs'));
    writeFileSync(this.path('state/active'), '');
    this.#run('npm', ['run', '--silent', 'build']);
    return result.mutants.map((mutant) => {
      const { start, end } = mutant.location;
      const line = this.#original(mutant.fileName).split('\n')[start.line];
      const replaced = line.slice(start.column, end.line === start.line ? end.column : undefined);
      return { ...mutant, code: line.trim(), replaced };
    });
  }

  restore(files) {
    for (const name of files) writeFileSync(this.path('checkout', name), this.#original(name));
  }

  /** The text of a file when the copy was made: the checkout may change meanwhile. */
  #original(name) {
    const text = this.#originals.get(name) ?? readFileSync(this.path('checkout', name), 'utf8');
    this.#originals.set(name, text);
    return text;
  }

  /** Starts vitest with the runner that tries the mutants. */
  start() {
    cpSync(new URL('runner.mjs', import.meta.url), this.path('checkout/test/mutants/runner.mjs'));
    writeFileSync(this.path('checkout/nothing.test.ts'), EMPTY_TEST);
    const setup = {
      include: ['nothing.test.ts'],
      runner: './test/mutants/runner.mjs',
      isolate: false,
      maxWorkers: 1,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      passWithNoTests: true,
      execArgv: ['--max-old-space-size=3000'],
    };
    writeFileSync(this.path('checkout/vitest.mutants.ts'), `export default { test: ${JSON.stringify(setup)} };\n`);
    const env = { ...process.env, ...this.#places(), CI: '1', VARVE_MUTANTS: this.path('state'), VARVE_OLD_BUILD: '1' };
    const log = openSync(this.path('state/log'), 'w');
    const command = ['node', 'node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.mutants.ts'];
    this.#child = spawn('unshare', [...CONFINED, this.#folder, ...command], { env, stdio: ['ignore', log, log] });
    return this.#child;
  }

  /** Ends the processes that try mutants, and removes the copy. */
  remove() {
    this.#child?.kill('SIGKILL');
    // They may write until they have ended.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 });
  }

  #confined(command) {
    return spawnSync('unshare', [...CONFINED, this.#folder, ...command], { stdio: 'inherit' });
  }

  #places() {
    return { TMPDIR: this.path('tmp'), HOME: this.path('home'), XDG_CACHE_HOME: this.path('home/cache') };
  }

  async #instrumenter() {
    const { resolve } = createRequire(this.path('checkout/package.json'));
    const { createInstrumenter } = await import(
      pathToFileURL(this.path('checkout/node_modules/@stryker-mutator/instrumenter/dist/src/index.js')).href
    );
    const { createInjector } = await import(pathToFileURL(resolve('typed-inject')).href);
    const logger = new Proxy({}, { get: () => () => false });
    return createInjector().provideValue('logger', logger).injectFunction(createInstrumenter);
  }

  /** Stryker's functions replace themselves at the first call, which a function of the built package must not. */
  #withSwitches(content) {
    if (!content.includes('stryMutAct_')) return content;
    if (!STRYKER_FUNCTIONS.test(content)) throw new Error('Stryker instruments the code in another way.');
    const functions = SWITCHES.replaceAll('CHILD', JSON.stringify(this.path('state/child.cjs')));
    return `// @ts-nocheck\n${content.replace(STRYKER_FUNCTIONS, () => functions)}`;
  }

  #run(command, args) {
    const { status } = spawnSync(command, args, { cwd: this.path('checkout'), stdio: 'inherit' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
  }
}

export function trackedFiles(root) {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  return stdout.split('\0').filter(Boolean);
}
