// The same by `etcdctl watch`, a process for each.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const { etcdctl, endpoints, key, count } = JSON.parse(process.argv[2]);
const now = () => Number(process.hrtime.bigint()) / 1e6;
let delays = [];

const watches = Array.from({ length: count }, () =>
  spawn(etcdctl, ['--endpoints', endpoints.join(), 'watch', `/${key}`], {
    env: { ...process.env, ETCDCTL_API: '3' },
    stdio: ['ignore', 'pipe', 'inherit'],
  }),
);
for (const { stdout } of watches)
  createInterface({ input: stdout }).on('line', (line) => {
    if (line.startsWith('{')) delays.push(now() - JSON.parse(line).at);
  });
process.on('message', (message) => {
  if (message === 'end') {
    for (const watch of watches) watch.kill();
    process.exit();
  }
  process.send(delays);
  delays = [];
});
process.send('watching');
