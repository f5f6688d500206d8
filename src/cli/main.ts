#!/usr/bin/env node
import * as modules from 'node:module';
import { tooOldNode } from '../node-version.ts';
import { cacheFolder } from './cache-folder.ts';
import { EXIT } from './exit.ts';

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
      // Node.js makes a stream when it is first used, and most commands do not use all three.
      get stdout() {
        return withoutPipeErrors(process.stdout);
      },
      get stderr() {
        return withoutPipeErrors(process.stderr);
      },
      get stdin() {
        return process.stdin;
      },
      program: [process.execPath, ...process.argv.slice(1, 2)],
    }),
  )
  .then((code) => {
    process.exitCode = code;
  });

/** `varve list | head` closes the pipe before everything is written: that is not an error. */
function withoutPipeErrors(output: NodeJS.WriteStream): NodeJS.WriteStream {
  if (output.listenerCount('error') > 0) return output;
  return output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
    throw error;
  });
}

/** Lets a Node.js that can keep the compiled code for the next start. */
function keepCompiledCode(): void {
  // Node.js 20 has no such function.
  const enableCompileCache = Reflect.get(modules, 'enableCompileCache');
  const folder = enableCompileCache && cacheFolder(process.env);
  if (folder) enableCompileCache(folder);
}
