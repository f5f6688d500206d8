import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that measures something, and tells when it is asked. */
export interface Child {
  /** The times since it was asked last, in milliseconds. */
  report(): Promise<readonly number[]>;
  end(): void;
}

/** Starts `children/NAME.mjs`, and waits until it says that it has begun. */
export async function child(name: string, input: object): Promise<Child> {
  const process = fork(fileURLToPath(new URL(`children/${name}.mjs`, import.meta.url)), [JSON.stringify(input)]);
  const message = async (): Promise<readonly number[]> => {
    const ended = once(process, 'exit').then(([code]) => {
      throw new Error(`${name} ended with ${code}`);
    });
    const [told] = await Promise.race([once(process, 'message'), ended]);
    return told;
  };
  await message();
  return {
    report: () => {
      const told = message();
      process.send('report');
      return told;
    },
    end: () => void (process.connected && process.send('end')),
  };
}
