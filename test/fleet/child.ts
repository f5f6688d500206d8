import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that measures something, and reports when it is asked. */
export interface Child {
  readonly pid: number | undefined;
  /** The times since the last report, in milliseconds. */
  report(): Promise<readonly number[]>;
  end(): void;
}

/** Starts `children/NAME.mjs`, and waits until it says that it has begun. */
export async function child(name: string, input: object): Promise<Child> {
  const process = fork(fileURLToPath(new URL(`children/${name}.mjs`, import.meta.url)), [JSON.stringify(input)]);
  const message = async (): Promise<readonly number[]> => {
    // Without it, each answer would leave a listener behind.
    const waiting = new AbortController();
    const { signal } = waiting;
    const ended = once(process, 'exit', { signal }).then(([code]) => {
      throw new Error(`${name} ended with ${code}`);
    });
    try {
      const [answer] = await Promise.race([once(process, 'message', { signal }), ended]);
      return answer;
    } finally {
      waiting.abort();
    }
  };
  await message();
  return {
    pid: process.pid,
    report: () => {
      const answer = message();
      process.send('report');
      return answer;
    },
    end: () => void (process.connected && process.send('end')),
  };
}
