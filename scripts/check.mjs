// The test command: every check, one after the other, all of them even when one fails.
import { spawnSync } from 'node:child_process';

const CHECKS = [
  ['build', 'npm', ['run', '--silent', 'build']],
  ['types', 'npm', ['run', '--silent', 'types']],
  ['lint', 'npm', ['run', '--silent', 'lint']],
  ['unused code', 'npm', ['run', '--silent', 'unused']],
  ['package', 'npm', ['run', '--silent', 'package']],
  ['tests', 'npx', ['vitest', 'run', ...process.argv.slice(2)]],
];

const failed = [];
for (const [name, command, args] of CHECKS) {
  const started = Date.now();
  console.log(`\n=== ${name}`);
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  console.log(`=== ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? '\nEvery check passed.' : `\nFailed: ${failed.join(', ')}`);
console.log(`checks: ${CHECKS.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
