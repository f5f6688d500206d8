// Times the contenders in shuffled turns, so that a disturbance reaches all of them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const temp = process.env['BENCH_TMP'];

export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  return below + ((sorted[Math.ceil(place)] ?? below) - below) * (place - Math.floor(place));
}

export const median = (numbers) => quantile(numbers, 0.5);

export function shuffled(list) {
  const order = list.map((one) => [Math.random(), one]).sort(([a], [b]) => a - b);
  return order.map(([, one]) => one);
}

/** The exponent k of t ~ n^k, by least squares over [n, t]. */
export function exponent(points) {
  const logs = points.filter(([, t]) => t > 0).map(([n, t]) => [Math.log(n), Math.log(t)]);
  const mean = (i) => logs.reduce((sum, point) => sum + point[i], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const sum = (f) => logs.reduce((total, [a, b]) => total + f(a - x, b - y), 0);
  return sum((a, b) => a * b) / sum((a) => a * a);
}

/**
 * Milliseconds since the call: the smaller of wall and CPU time. That is the wall time of a quiet machine; on a busy one
 * it leaves out the time that others had. Not for what waits for a disk.
 */
export function stopwatch() {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return Math.min(performance.now() - wall, (user + system) / 1000);
  };
}

/** An empty folder. */
export function freshFolder(name) {
  const path = join(temp, 'work', name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

/**
 * Times functions in turns until `budget` milliseconds are spent: for each its first call, and the median of the others.
 * Each sample repeats the call until it lasts two milliseconds.
 */
export async function inTurns(functions, { budget, rounds = [3, 60], collect = false }) {
  const times = Object.fromEntries(Object.keys(functions).map((name) => [name, { repeats: 1, samples: [] }]));
  for (const [name, call] of shuffled(Object.entries(functions))) {
    const time = stopwatch();
    await call();
    times[name].first = time();
    // The first call says little about the next ones: it may load code.
    while (times[name].first < 1000 && times[name].repeats < 4096 && (await sample(call, times[name].repeats)) < 1)
      times[name].repeats *= 2;
  }
  const end = performance.now() + budget;
  for (let round = 0; round < rounds[0] || (round < rounds[1] && performance.now() < end); round++) {
    for (const [name, call] of shuffled(Object.entries(functions))) {
      if (collect) globalThis.gc?.();
      const { repeats, samples } = times[name];
      samples.push((await sample(call, repeats)) / repeats);
    }
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, { first, samples }]) => [name, { first, ms: median(samples) }]),
  );
}

async function sample(call, repeats) {
  const time = stopwatch();
  for (let i = 0; i < repeats; i++) {
    const answer = call();
    if (answer instanceof Promise) await answer;
  }
  return time();
}

/** Runs a program, and times it with all its children: milliseconds on the wall and of the processor. */
export function timed(command, args, options = {}) {
  const script = 'TIMEFORMAT="TIMES %R %U %S"; time "$@"';
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...options,
  });
  if (status !== 0 && !options.mayFail) throw new Error(`${command} ${args.join(' ')}: ${stderr.slice(0, 2000)}`);
  const [times, ...seconds] = /TIMES (\S+) (\S+) (\S+)\n/.exec(stderr) ?? [];
  const [wall, user, system] = seconds.map(Number);
  return { wall: wall * 1000, cpu: (user + system) * 1000, stdout, stderr: stderr.replace(times, '') };
}

/** Runs programs in turns, and adds a sample to each. */
export function inRounds(runs, rounds) {
  for (let round = 0; round < rounds; round++) {
    for (const { command, args, options, samples } of shuffled(runs)) samples.push(timed(command, args, options));
  }
}

/** What a scenario's own file answers to a job in a process of its own; `undefined` where it fails. */
export function inChild(url, job, flags = ['--expose-gc']) {
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, fileURLToPath(url)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    cwd: temp,
    timeout: 180_000,
    env: { ...process.env, BENCH_JOB: JSON.stringify(job) },
  });
  const answer = stdout.split('\n').find((line) => line.startsWith('ANSWER '));
  if (answer === undefined) console.error(`no answer to ${JSON.stringify(job).slice(0, 200)}: ${stderr.slice(0, 500)}`);
  return answer && JSON.parse(answer.slice('ANSWER '.length));
}

/** Answers the job of this process, if it is the child that runs `url`. */
export async function answering(url, answer) {
  const job = process.env['BENCH_JOB'];
  if (job === undefined || process.argv[1] !== fileURLToPath(url)) return;
  const text = JSON.stringify(await answer(JSON.parse(job)));
  process.stdout.write(`ANSWER ${text}\n`, () => process.exit(0));
}
