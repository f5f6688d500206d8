import type { Commands } from './command-spec.ts';
import { CHECKING } from './specs/checking.ts';
import { COMMON_OPTIONS, optionalText } from './specs/options.ts';
import { READING } from './specs/reading.ts';
import { RUNNING } from './specs/running.ts';
import { SERVING } from './specs/serving.ts';
import { WRITING } from './specs/writing.ts';

/** The commands by name, in the order of the help. */
export const COMMANDS: Commands = {
  init: WRITING.init,
  list: READING.list,
  get: READING.get,
  explain: READING.explain,
  set: WRITING.set,
  unset: WRITING.unset,
  edit: WRITING.edit,
  reset: WRITING.reset,
  diff: READING.diff,
  log: READING.log,
  rollback: WRITING.rollback,
  store: WRITING.store,
  validate: CHECKING.validate,
  doctor: CHECKING.doctor,
  export: READING.export,
  docs: CHECKING.docs,
  schema: CHECKING.schema,
  contract: CHECKING.contract,
  run: RUNNING.run,
  sweep: RUNNING.sweep,
  ui: SERVING.ui,
  mcp: SERVING.mcp,
  completion: {
    usage: 'completion [shell]',
    describe: 'Completion of commands, keys, values and flags: bash, zsh or fish',
    options: { line: { type: 'string', requiresArg: true, hidden: true } },
    examples: [
      ['source <(varve completion bash)', 'In ~/.bashrc'],
      ['source <(varve completion zsh)', 'In ~/.zshrc, after compinit'],
      ['varve completion fish > ~/.config/fish/completions/varve.fish', 'For fish'],
    ],
    run: async (context, args) => {
      const { completion } = await import('./commands/completion.ts');
      const options = { shell: optionalText(args, 'shell'), line: optionalText(args, 'line') };
      return completion(context, options, { commands: COMMANDS, common: COMMON_OPTIONS });
    },
  },
};
