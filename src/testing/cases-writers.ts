import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Case, contractCase, type Trial } from './case.ts';
import { settle } from './steps.ts';
import type { DocumentAddress } from './subject.ts';

/** Counts up in its own process, each time under one id until it is known what became of it. */
const COUNTER = `
  const { opening: { module, name, args }, times } = JSON.parse(process.argv[1]);
  // Who began it is gone.
  process.stdin.on('end', () => process.exit(1)).resume().unref();
  const store = (await import(module))[name](...args);
  const settle = async (attempt) => {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (error.code !== 'UNAVAILABLE' && error.code !== 'UNCLEAR') throw error;
        await new Promise((done) => setTimeout(done, 20 + 50 * Math.random()));
      }
    }
  };
  let { text, revision } = await settle(() => store.read());
  for (let done = 0; done < times; ) {
    const id = crypto.randomUUID();
    const next = String(Number(text ?? 0) + 1);
    const written = await settle(() => store.write(next, { expect: revision, id }));
    done += written.ok ? 1 : 0;
    if (written.ok) console.log(next);
    else await new Promise((done) => setTimeout(done, 40 * Math.random()));
    ({ text, revision } = written.ok ? { text: next, revision: written.revision } : await settle(() => store.read()));
  }
  await store.close();
`;

interface CountingRun {
  readonly process: ChildProcess;
  /** The numbers whose writes were acknowledged so far. */
  acknowledged(): readonly number[];
  readonly ended: Promise<void>;
}

function count(opening: DocumentAddress, times: number): CountingRun {
  const args = ['--input-type=module', '-e', COUNTER, JSON.stringify({ opening, times })];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors += piece;
  });
  const ended = once(child, 'close').then(([code]) => assert.equal(code, 0, `a writer failed: ${errors}`));
  return { process: child, acknowledged: () => output.split('\n').slice(0, -1).map(Number), ended };
}

/** Every increment that was acknowledged is there, once, however often `disturb` is called in between. */
async function countTogether(trial: Trial<'opening'>, disturb?: () => Promise<void>): Promise<void> {
  const { subject, document, open, scale, note } = trial;
  const started = performance.now();
  const { increments, times } = disturb ? scale.disturbed : { ...scale, times: 0 };
  const total = scale.writers * increments;
  const writers = Array.from({ length: scale.writers }, () => count(subject.opening(document), increments));
  const acknowledged = (): readonly number[] => writers.flatMap((writer) => writer.acknowledged());
  let isOver = false;
  const all = Promise.all(writers.map(({ ended }) => ended)).finally(() => {
    isOver = true;
  });
  let disturbances = 0;
  const disturbing = async (): Promise<void> => {
    for (; disturb && disturbances < times; disturbances += 1) {
      const due = (total * (disturbances + 1)) / (times + 1);
      while (!isOver && acknowledged().length < due) await pause(5);
      await disturb();
    }
  };
  try {
    await Promise.all([all, disturbing()]);
    const store = open();
    const { text } = await settle(() => store.read());
    const lost = total - Number(text);
    const told = new Set(acknowledged()).size;
    const rate = Math.round((1_000 * total) / (performance.now() - started));
    note(
      `${scale.writers} × ${increments} increments, ${disturbances} times disturbed: ${lost} lost, ${rate} a second`,
    );
    assert.deepEqual({ lost, told }, { lost: 0, told: total });
  } finally {
    for (const { process } of writers) process.kill('SIGKILL');
  }
}

/** Processes that count up in one document, by compare and swap alone. */
export const writerCases: readonly Case[] = [
  contractCase(9, 'many processes count up, and none is lost', ['opening'], (trial) => countTogether(trial)),
  contractCase(10, 'the same while the server is killed', ['opening', 'kill'], (trial) =>
    countTogether(trial, () => trial.subject.kill()),
  ),
  contractCase(11, 'the same while leaders are killed', ['opening', 'killLeader'], (trial) =>
    countTogether(trial, () => trial.subject.killLeader()),
  ),
];
