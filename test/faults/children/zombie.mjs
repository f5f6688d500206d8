// Prints the pid of a process that ended and has no parent to wait for it: `exec` replaces the shell that would.
import { spawn } from 'node:child_process';

const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
shell.stdout.once('data', (data) => setTimeout(() => process.stdout.write(data), 100));
