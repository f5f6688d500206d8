import type { CommandOptions, CommandSpec } from './command-spec.ts';
import { CHECKING } from './specs/checking.ts';
import { optionalText } from './specs/options.ts';
import { READING } from './specs/reading.ts';
import { RUNNING } from './specs/running.ts';
import { SERVING } from './specs/serving.ts';
import { WRITING } from './specs/writing.ts';

/** The commands by name, in the order of the help. */
export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
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

/** The options that every command takes. */
export const COMMON_OPTIONS: CommandOptions = {
  definition: { type: 'string', requiresArg: true, describe: 'The definition, instead of the nearest varve.config.*' },
  file: { type: 'string', requiresArg: true, describe: "The file to read and write, instead of the definition's" },
  profile: { type: 'string', array: true, requiresArg: true, describe: 'The profile; NAME=PROFILE for one of several' },
  overlay: { type: 'string', array: true, requiresArg: true, describe: 'A file above the file layer; may be repeated' },
  json: { type: 'boolean', default: false, describe: 'Answer in JSON' },
  color: { type: 'boolean', describe: 'Use colour, or not (--no-color)' },
  input: { type: 'boolean', default: true, describe: 'Ask, or not (--no-input)' },
};
