#!/usr/bin/env node
import { tooOldNode } from '../node-version.ts';
import { EXIT } from './command.ts';

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
// Loaded only now: an older Node.js would stop at the first name that it does not export.
import('./program.ts')
  .then(({ runCommandLine }) =>
    runCommandLine(process.argv.slice(2), {
      env: process.env,
      cwd: process.cwd(),
      stdout: process.stdout,
      stderr: process.stderr,
      stdin: process.stdin,
      program: [process.execPath, ...process.argv.slice(1, 2)],
    }),
  )
  .then((code) => {
    process.exitCode = code;
  });
