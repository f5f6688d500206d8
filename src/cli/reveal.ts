import type { Context } from './command.ts';
import { canAsk } from './terminal.ts';

/** Whether `--reveal` may show secrets: on a terminal, where others may look on, after a question. */
export async function canReveal({ terminal, noInput }: Context, what: string): Promise<boolean> {
  if (terminal.stdout.isTTY !== true || noInput || !canAsk(terminal)) return true;
  const { ask } = await import('./input.ts');
  const answer = await ask(`Show ${what} on this terminal? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
