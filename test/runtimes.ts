import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { skipLoudly } from './faults/harness/skip.ts';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/varve-runtimes', import.meta.url));

/** How long a download may take, in milliseconds. */
const PATIENCE_MS = 120_000;

/** Where the registry has the programs of Bun and Deno: the packages by their names fetch them from elsewhere. */
const BINARIES: Readonly<Record<string, Readonly<Record<string, readonly [name: string, file: string]>>>> = {
  bun: {
    'linux-x64': ['@oven/bun-linux-x64', 'bin/bun'],
    'linux-arm64': ['@oven/bun-linux-aarch64', 'bin/bun'],
    'darwin-x64': ['@oven/bun-darwin-x64', 'bin/bun'],
    'darwin-arm64': ['@oven/bun-darwin-aarch64', 'bin/bun'],
  },
  deno: {
    'linux-x64': ['@deno/linux-x64-glibc', 'deno'],
    'linux-arm64': ['@deno/linux-arm64-glibc', 'deno'],
    'darwin-x64': ['@deno/darwin-x64', 'deno'],
    'darwin-arm64': ['@deno/darwin-arm64', 'deno'],
  },
};

/** Runs a command of npm, and gives what it prints; skips the test where the registry does not have what is asked for. */
function fromRegistry(context: TestContext, command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: PATIENCE_MS });
  if (status === 0) return stdout.trim();
  const reason = error?.message ?? stderr.trim().split('\n')[0];
  return skipLoudly(context, `\`${[command, ...args].join(' ')}\` failed: ${reason}`);
}

/** The program of a Node.js version, as npm has it. */
export function nodeOf(context: TestContext, version: string): string {
  return fromRegistry(context, 'npx', ['--yes', '--prefer-offline', `node@${version}`, '-p', 'process.execPath']);
}

/** The program of Bun or Deno, as npm has it for this platform. */
export function runtimeOf(context: TestContext, runtime: 'bun' | 'deno', version: string): string {
  const platform = `${process.platform}-${process.arch}`;
  const [name, file] =
    BINARIES[runtime]?.[platform] ?? skipLoudly(context, `the registry has no ${runtime} for ${platform}`);
  const folder = join(CACHE, `${runtime}-${version}`);
  const program = join(folder, 'node_modules', name, file);
  if (!existsSync(program)) {
    const args = ['install', '--no-save', '--no-audit', '--ignore-scripts', '--prefix', folder, `${name}@${version}`];
    fromRegistry(context, 'npm', args);
  }
  return program;
}
