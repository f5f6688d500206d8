#!/usr/bin/env node
import { Module } from 'node:module';
import { join } from 'node:path';
import { tooOldNode } from '../node-version.ts';
import { cacheFolder } from './cache-folder.ts';
import { EXIT } from './exit.ts';

const tooOld = tooOldNode();
if (tooOld !== undefined) {
  process.stderr.write(`${tooOld}\n`);
  process.exit(EXIT.usage);
}
// A variable of Node.js, for its own cache of compiled code.
const folder = process.env['NODE_DISABLE_COMPILE_CACHE'] ? undefined : cacheFolder(process.env);
if (folder !== undefined) keepCompiledCode(folder);
run(folder).then((code) => {
  process.exitCode = code;
});

/** Lets a Node.js that can keep the compiled code of the files that it loads for the next start. */
function keepCompiledCode(folder: string): void {
  // Node.js 20 has no such function.
  const enableCompileCache = Reflect.get(Module, 'enableCompileCache');
  enableCompileCache?.(folder);
}

/** Loads the rest only now: an older Node.js would stop at the first name that it does not export. */
async function run(folder: string | undefined): Promise<number> {
  if (folder !== undefined) (await import('./compiled-code.ts')).loadProgram(join(folder, 'code'));
  const [{ runCommandLine }, { processTerminal }] = await Promise.all([
    import('./program.ts'),
    import('./process-terminal.ts'),
  ]);
  return await runCommandLine(process.argv.slice(2), processTerminal());
}
