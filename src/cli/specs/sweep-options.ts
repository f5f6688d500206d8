import type { CommandOptions } from '../command-spec.ts';

/** The options of `varve sweep`, beside the flags of the settings. */
export const SWEEP_OPTIONS: CommandOptions = {
  set: { type: 'string', array: true, requiresArg: true, describe: 'KEY=VALUES, as the flag of that setting' },
  sample: { type: 'string', requiresArg: true, describe: 'Draw so many combinations instead of taking all' },
  seed: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Values of the setting "seed"; without such a setting, the same as --sample-seed',
  },
  'sample-seed': { type: 'string', requiresArg: true, describe: 'The seed of --sample; 0 by default' },
  pair: { type: 'string', array: true, requiresArg: true, describe: 'KEY,KEY: these change together' },
  each: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'KEY: run every draw of --sample with each of its values',
  },
  jobs: { type: 'string', alias: 'j', requiresArg: true, default: '1', describe: 'How many run at once' },
  retry: { type: 'string', requiresArg: true, default: '0', describe: 'Start a failed run again, so many times' },
  'stop-on-failure': { type: 'boolean', default: false, describe: 'Start no further run after one has failed' },
  'allow-change': {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'KEY: may differ from the earlier runs in the folder',
  },
  output: {
    type: 'string',
    alias: 'o',
    requiresArg: true,
    default: 'sweep',
    describe: 'The folder of the runs; runs that are done there are kept',
  },
  emit: {
    type: 'string',
    choices: ['shell', 'slurm', 'kubernetes', 'jsonl'],
    requiresArg: true,
    describe: 'Run nothing: print the runs for a scheduler',
  },
  program: { type: 'string', requiresArg: true, describe: 'With --emit: the words that start varve there' },
  index: { type: 'string', requiresArg: true, describe: 'Only this run: a number, or the variable that has it' },
  ask: {
    type: 'boolean',
    default: false,
    describe: 'Read configurations from stdin; run each and print its result',
  },
  format: {
    type: 'string',
    choices: ['text', 'csv', 'json'],
    default: 'text',
    requiresArg: true,
    describe: 'Of status and results',
  },
};
