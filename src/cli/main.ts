#!/usr/bin/env node
import * as modules from 'node:module';
import { join } from 'node:path';
import { tooOldNode } from '../node-version.ts';
import { EXIT } from './exit.ts';

// `varve list | head` closes the pipe before everything is written: that is not an error.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
    throw error;
  });
}

const tooOld = tooOldNode();
if (tooOld !== undefined) {
  process.stderr.write(`${tooOld}\n`);
  process.exit(EXIT.usage);
}
keepCompiledCode();
// Loaded only now: an older Node.js would stop at the first name that it does not export.
import('./program.ts')
  .then(({ runCommandLine }) =>
    runCommandLine(process.argv.slice(2), {
      env: process.env,
      cwd: process.cwd(),
      stdout: process.stdout,
      stderr: process.stderr,
      // Most commands read nothing: the stream is made when one does.
      get stdin() {
        return process.stdin;
      },
      program: [process.execPath, ...process.argv.slice(1, 2)],
    }),
  )
  .then((code) => {
    process.exitCode = code;
  });

/** Lets a Node.js that can keep the compiled code for the next start, in a folder that only this user writes to. */
function keepCompiledCode(): void {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'));
  // Node.js 20 has no such function.
  if (caches) Reflect.get(modules, 'enableCompileCache')?.(join(caches, 'varve'));
}
