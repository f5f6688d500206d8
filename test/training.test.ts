import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { skipLoudly } from './faults/harness/skip.ts';
import { type Folder, folder } from './folder.ts';
import { checkBuild, PACKAGE } from './library.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const example = join(root, 'docs/examples/training');

/** The example in a folder of its own, compiled. */
function project(): Folder {
  checkBuild();
  const made = folder({ 'package.json': '{ "type": "module" }', 'trainer.json': '{ "steps": 100000, "lr": 0.1 }' });
  cpSync(example, made.path, { recursive: true });
  mkdirSync(join(made.path, 'node_modules'));
  symlinkSync(PACKAGE, join(made.path, 'node_modules/varve'));
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    skipLibCheck: true,
    rewriteRelativeImportExtensions: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  made.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['train.ts'] }));
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', made.path], { encoding: 'utf8' });
  expect(stdout).toBe('');
  return made;
}

interface Step {
  readonly step: number;
  readonly lr: number;
  readonly fingerprint: string;
}

/** A program that trains: its steps, its errors, and its end. */
class Run {
  readonly steps: Step[] = [];
  errors = '';
  readonly #child: ChildProcess;

  constructor(path: string, command: string, ...args: readonly string[]) {
    const env = { ...process.env, VARVE_SNAPSHOT: 'run/snapshot.json', PYTHONDONTWRITEBYTECODE: '1' };
    this.#child = spawn(command, args, { cwd: path, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const { stdout, stderr } = this.#child;
    if (stdout) createInterface(stdout).on('line', (line) => this.steps.push(JSON.parse(line)));
    stderr?.on('data', (text) => {
      this.errors += text;
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  get last(): Step | undefined {
    return this.steps.at(-1);
  }

  async ended(): Promise<number | null> {
    const [code] = await once(this.#child, 'close');
    return code;
  }

  stop(): Promise<number | null> {
    const ended = this.ended();
    this.#child.kill('SIGTERM');
    return ended;
  }
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 20 });

describe('docs/training.md', () => {
  test('shows the Python check that is tested', () => {
    const page = readFileSync(join(root, 'docs/training.md'), 'utf8');
    expect(page).toContain(`\`\`\`python\n${readFileSync(join(example, 'fingerprint.py'), 'utf8')}\`\`\``);
  });

  test('its loop in TypeScript follows a change, records it, and resumes only what it was', async () => {
    const { path, write, read } = project();
    const begun = new Run(path, process.execPath, 'train.js');
    await until(() => expect(begun.last?.lr).toBe(0.1));
    write('trainer.json', '{ "steps": 100000, "lr": ');
    await until(() => expect(begun.errors).toContain('still running with the old settings'));
    write('trainer.json', '{ "steps": 100000, "lr": 0.2 }');
    await until(() => expect(begun.last?.lr).toBe(0.2));
    await begun.stop();
    expect(begun.steps.every(({ lr }) => lr === 0.1 || lr === 0.2)).toBe(true);
    const { fingerprint } = JSON.parse(read('run/snapshot.json'));
    expect(begun.last?.fingerprint).toBe(fingerprint);
    expect(begun.steps[0]?.fingerprint).not.toBe(fingerprint);

    write('trainer.json', '{ "steps": 100000, "lr": 0.2, "step_ms": 1 }');
    const resumed = new Run(path, process.execPath, 'train.js', '--resume');
    await until(() => expect(resumed.steps.length).toBeGreaterThan(1));
    expect(resumed.errors).toBe('step_ms differs (operational)\n');
    expect(resumed.steps[0]?.step).toBeGreaterThanOrEqual(begun.last?.step ?? 0);
    expect(resumed.steps[0]?.fingerprint).toBe(fingerprint);
    await resumed.stop();

    write('trainer.json', '{ "steps": 100000, "lr": 0.3 }');
    const refused = new Run(path, process.execPath, 'train.js', '--resume');
    expect(await refused.ended()).toBe(3);
    expect(refused.errors).toContain('lr: was 0.2 when the run began, and is 0.3 now (trainer.json:1:26)');
    const allowed = new Run(path, process.execPath, 'train.js', '--resume', '--allow-identity-change');
    await until(() => expect(allowed.last?.lr).toBe(0.3));
    await allowed.stop();
  }, 90_000);

  test('its script in Python checks the fingerprint, follows a change, and resumes only what it was', async (context) => {
    if (spawnSync('python3', ['--version']).error) return skipLoudly(context, 'there is no python3');
    const { path, write, read } = project();
    const host = new Run(path, process.execPath, 'train.js');
    await until(() => expect(host.last?.lr).toBe(0.1));
    const begun = new Run(path, 'python3', 'train.py');
    await until(() => expect(begun.last?.lr).toBe(0.1));
    write('trainer.json', '{ "steps": 100000, "lr": 1e-7 }');
    await until(() => expect(begun.last?.lr).toBe(1e-7));
    await begun.stop();
    expect(begun.errors).toBe('');
    const { fingerprint } = JSON.parse(read('run/snapshot.json'));
    expect(JSON.parse(read('run/python.json')).fingerprint).toBe(fingerprint);
    const resumed = new Run(path, 'python3', 'train.py', '--resume');
    await until(() => expect(resumed.last?.step).toBeGreaterThan(begun.last?.step ?? 0));
    await resumed.stop();
    write('trainer.json', '{ "steps": 100000, "lr": 0.3 }');
    await until(() => expect(host.last?.lr).toBe(0.3));
    const refused = new Run(path, 'python3', 'train.py', '--resume');
    expect(await refused.ended()).toBe(1);
    expect(refused.errors).toContain('the settings differ from those that the run began with');
    await host.stop();
  }, 90_000);
});
