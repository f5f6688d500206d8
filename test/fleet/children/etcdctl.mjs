// The same by `etcdctl watch`, a process for each.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { answerParent } from './answer.mjs';

const { etcdctl, endpoints, key, count } = JSON.parse(process.argv[2]);
const now = () => Number(process.hrtime.bigint()) / 1e6;
const delays = [];

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
answerParent(
  () => delays.splice(0),
  () => {
    for (const watch of watches) watch.kill();
  },
);
