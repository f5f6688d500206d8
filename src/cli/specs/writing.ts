import type { CommandSpec } from '../command-spec.ts';
import { AUTHORSHIP, authorshipOf, DRY_RUN, optionalText, text, texts, writeOptionsOf } from './options.ts';

/** The commands that write the definition, the file or the store. */
export const WRITING: Readonly<
  Record<'init' | 'set' | 'unset' | 'edit' | 'reset' | 'rollback' | 'store', CommandSpec>
> = {
  init: {
    usage: 'init',
    describe: 'Begin: write a definition, a file and an .env.example',
    options: {
      from: { type: 'string', requiresArg: true, describe: 'A .env file, a convict module or a node-config folder' },
      name: {
        type: 'string',
        requiresArg: true,
        describe: "The configuration's name; the folder's name by default",
      },
      language: {
        type: 'string',
        choices: ['ts', 'js'],
        requiresArg: true,
        describe: 'What the definition is written in',
      },
    },
    examples: [
      ['varve init', 'An example to be changed'],
      ['varve init --from .env', 'A setting for each variable'],
      ['varve init --from src/config.js', 'The settings of a convict module'],
      ['varve init --from config', 'The settings of a node-config folder'],
    ],
    notes: 'Nothing is ever overwritten. Guesses are listed.',
    run: async (context, args) => {
      const { init } = await import('../commands/init.ts');
      const language = optionalText(args, 'language');
      return init(context, { from: optionalText(args, 'from'), name: optionalText(args, 'name'), language });
    },
  },
  set: {
    usage: 'set <setting..>',
    describe: 'Write values into the file: KEY VALUE, or any number of KEY=VALUE',
    options: {
      stdin: { type: 'boolean', default: false, describe: 'Read the value from standard input, as for secrets' },
      'dry-run': DRY_RUN,
      'json-value': { type: 'boolean', default: false, describe: 'The values are JSON: 1.5, null, ["a","b"]' },
      ...AUTHORSHIP,
    },
    examples: [
      ['varve set log.level debug', 'One value'],
      ['varve set log.level=debug batch_size_days=90', 'Several, all or none'],
      ['varve set \'variables:=["a","b"]\'', 'A value as JSON'],
      ['varve set labels.team=rl', 'A member of an object'],
      ['pass show token | varve set tracker.token --stdin', 'A secret'],
    ],
    run: async (context, args) => {
      const { set } = await import('../commands/set.ts');
      const options = { stdin: args['stdin'] === true, jsonValue: args['json-value'] === true };
      return set(context, texts(args, 'setting'), { ...options, ...(await writeOptionsOf(args)) });
    },
  },
  unset: {
    usage: 'unset <key..>',
    describe: 'Remove keys from the file, so that the layers below count',
    options: { 'dry-run': DRY_RUN, ...AUTHORSHIP },
    examples: [['varve unset log.level', 'Shows the value that counts now']],
    run: async (context, args) => {
      const { unset } = await import('../commands/set.ts');
      return unset(context, texts(args, 'key'), await writeOptionsOf(args));
    },
  },
  edit: {
    usage: 'edit [key]',
    describe: 'Find a setting, see its layers, change it, see the difference, confirm',
    options: {},
    examples: [['varve edit', 'Type a part of its name or its description']],
    run: async (context, args) => (await import('../commands/edit.ts')).edit(context, optionalText(args, 'key')),
  },
  reset: {
    usage: 'reset [key]',
    describe: 'Remove one setting or all from the file, so that the layers below count',
    options: {
      all: { type: 'boolean', default: false, describe: 'All settings; varve first copies a file that it cannot read' },
      yes: { type: 'boolean', default: false, alias: 'y', describe: 'Do not ask' },
      ...AUTHORSHIP,
    },
    examples: [
      ['varve reset log.level', 'One setting'],
      ['varve reset --all --yes', 'Everything, without asking'],
    ],
    run: async (context, args) => {
      const { reset } = await import('../commands/reset.ts');
      const options = { key: optionalText(args, 'key'), all: args['all'] === true, yes: args['yes'] === true };
      return reset(context, { ...options, authorship: await authorshipOf(args) });
    },
  },
  rollback: {
    usage: 'rollback <revision>',
    describe: 'Write an earlier revision anew, checked as any other change',
    options: { yes: { type: 'boolean', default: false, alias: 'y', describe: 'Do not ask' }, ...AUTHORSHIP },
    examples: [['varve rollback 57-1f2e3d4c', 'A revision from varve log; 57 is enough if only one begins with 57-']],
    run: async (context, args) => {
      const { rollback } = await import('../commands/rollback.ts');
      const options = { yes: args['yes'] === true, authorship: await authorshipOf(args) };
      return rollback(context, text(args, 'revision'), options);
    },
  },
  store: {
    usage: 'store <action>',
    describe: 'Prepare the server of the store: varve store init',
    options: { sql: { type: 'boolean', default: false, describe: 'Print the SQL and change nothing' } },
    examples: [
      ['varve store init', 'Create the tables of a PostgreSQL store, as their owner'],
      ['varve store init --sql', 'Print them for an administrator'],
    ],
    run: async (context, args) => {
      const { initStore } = await import('../commands/init-store.ts');
      return initStore(context, { action: text(args, 'action'), printsSql: args['sql'] === true });
    },
  },
};
