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
Promise.all([import('./program.ts'), import('./process-terminal.ts')])
  .then(([{ runCommandLine }, { processTerminal }]) => runCommandLine(process.argv.slice(2), processTerminal()))
  .then((code) => {
    process.exitCode = code;
  });

/** Lets a Node.js that can keep the compiled code for the next start. */
function keepCompiledCode(): void {
  // Node.js 20 has no such function.
  const enableCompileCache = Reflect.get(modules, 'enableCompileCache');
  const folder = enableCompileCache && cacheFolder(process.env);
  if (folder) enableCompileCache(folder);
}
