import type { CommandSpec } from '../command-spec.ts';
import { optionalText, REVEAL, text, texts, wholeNumber } from './options.ts';

/** The commands that show values, their origins and their history. */
export const READING: Readonly<Record<'list' | 'get' | 'explain' | 'diff' | 'log' | 'export', CommandSpec>> = {
  list: {
    usage: 'list',
    describe: 'All settings, and where each value comes from',
    options: {
      modified: { type: 'boolean', default: false, describe: 'Only settings that are not at their default' },
      sensitive: { type: 'boolean', default: false, describe: 'Only sensitive settings' },
      from: { type: 'string', requiresArg: true, describe: 'Only settings whose value this layer provides' },
      prefix: { type: 'string', requiresArg: true, describe: 'Only settings of this group' },
      grep: { type: 'string', requiresArg: true, describe: 'Only settings whose key or description contains this' },
      wide: { type: 'boolean', default: false, describe: 'Cut no column' },
      values: { type: 'boolean', default: false, describe: 'The resolved values as one JSON document' },
      reveal: REVEAL,
    },
    examples: [
      ['varve list --modified', 'What is not at its default'],
      ['varve list --from env', 'What the environment provides'],
      ['varve list --sensitive', 'The secrets, redacted, with their origins'],
      ['varve list --values > values.json', 'The resolved values, secrets redacted'],
      ['varve list -- --log.level debug', 'As if the program got that flag'],
    ],
    run: async (context, args) => {
      const { list } = await import('../commands/list.ts');
      return list(context, {
        modified: args['modified'] === true,
        sensitive: args['sensitive'] === true,
        from: optionalText(args, 'from'),
        prefix: optionalText(args, 'prefix'),
        grep: optionalText(args, 'grep'),
        values: args['values'] === true,
        reveal: args['reveal'] === true,
        wide: args['wide'] === true,
      });
    },
  },
  get: {
    usage: 'get <key>',
    describe: 'One value, for scripts',
    options: { reveal: REVEAL },
    examples: [
      ['varve get log.level', 'The value alone; a secret needs --reveal'],
      ['varve get log --json', 'A group, as JSON'],
    ],
    run: async (context, args) =>
      (await import('../commands/get.ts')).get(context, text(args, 'key'), { reveal: args['reveal'] === true }),
  },
  explain: {
    usage: 'explain <key>',
    describe: 'Where a value comes from: the entry of every layer',
    options: {},
    examples: [['varve explain log.level', 'Every layer that has an entry, the winner marked']],
    run: async (context, args) => (await import('../commands/explain.ts')).explain(context, text(args, 'key')),
  },
  diff: {
    usage: 'diff [runs..]',
    describe: 'Compare the file with the layers below it, or whole configurations',
    options: {
      against: {
        type: 'string',
        requiresArg: true,
        describe: 'Another file, the snapshot of a run, a profile, or the NAME of a file .env.NAME',
      },
    },
    examples: [
      ['varve diff', 'The file against the layers below it; exit 1 if they differ'],
      ['varve diff --against config/production.json', 'The file against another'],
      [
        'varve diff --against production',
        'All layers now, against all layers with that profile, or with .env.production',
      ],
      ['varve diff --against RUN/snapshot.json', 'The configuration now against that of a run'],
      ['varve diff runs/7 runs/8', 'Two runs, by their folders or snapshots; needs no definition'],
    ],
    run: async (context, args) => {
      const runs = texts(args, 'runs');
      const against = optionalText(args, 'against');
      if (runs.length === 0) return (await import('../commands/diff.ts')).diff(context, against);
      return (await import('../commands/diff-runs.ts')).diffRuns(context, runs, against);
    },
  },
  log: {
    usage: 'log [key]',
    describe: 'The writes to a store with a history: who, when and what',
    options: {
      limit: { type: 'string', default: '20', requiresArg: true, describe: 'How many, newest first' },
      before: { type: 'string', requiresArg: true, describe: 'Only what is older than this revision' },
    },
    examples: [
      ['varve log', 'The last twenty writes'],
      ['varve log trust_threshold', 'Those that changed this setting'],
    ],
    run: async (context, args) => {
      const { log } = await import('../commands/log.ts');
      const options = { key: optionalText(args, 'key'), before: optionalText(args, 'before') };
      return log(context, { ...options, limit: wholeNumber(text(args, 'limit')) });
    },
  },
  export: {
    usage: 'export',
    describe: 'The effective values for another program',
    options: {
      format: {
        type: 'string',
        choices: ['shell', 'json', 'yaml', 'dotenv', 'env-file'],
        default: 'json',
        requiresArg: true,
        describe: 'json and yaml name settings by key, the others by variable',
      },
      reveal: REVEAL,
    },
    examples: [
      ['eval "$(varve export --format shell)"', 'Into the variables of a shell'],
      ['varve export --format env-file > app.env', 'For docker run --env-file'],
    ],
    notes: 'Secrets are left out without --reveal.',
    run: async (context, args) => {
      const { exportValues } = await import('../commands/export.ts');
      return exportValues(context, { format: text(args, 'format'), reveal: args['reveal'] === true });
    },
  },
};
