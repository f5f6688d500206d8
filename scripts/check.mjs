// The test command: every check, all of them even when one fails. Tests run beside the checks that only read.
import { spawn } from 'node:child_process';

const STATIC_CHECKS = [
  ['types', 'npm', ['run', '--silent', 'types']],
  ['lint', 'npm', ['run', '--silent', 'lint']],
  ['unused code', 'npm', ['run', '--silent', 'unused']],
  ['package', 'npm', ['run', '--silent', 'package']],
];
const TESTS = ['tests', 'npx', ['vitest', 'run', ...process.argv.slice(2)]];

const results = [];

/** Runs one check and prints its output as a whole, or at once where nothing runs beside it. */
function run([name, command, args], stdio) {
  const started = Date.now();
  const child = spawn(command, args, { stdio: ['ignore', stdio, stdio], shell: process.platform === 'win32' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on('close', (status) => {
      const isOk = status === 0;
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(
        `\n=== ${name}\n${isOk && name !== 'tests' ? '' : output}=== ${name}: ${isOk ? 'ok' : 'FAILED'} (${seconds} s)`,
      );
      results.push({ name, isOk });
      resolve();
    });
  });
}

async function runStaticChecks() {
  for (const check of STATIC_CHECKS) await run(check, 'pipe');
}

// `npm test` has built dist/ before, if it was older than its sources.
await Promise.all([runStaticChecks(), run(TESTS, 'inherit')]);

const failed = results.filter(({ isOk }) => !isOk).map(({ name }) => name);
console.log(failed.length === 0 ? '\nEvery check passed.' : `\nFailed: ${failed.join(', ')}`);
console.log(`checks: ${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
