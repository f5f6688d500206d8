import type { CommandSpec } from '../command-spec.ts';
import { optionalText, text, texts } from './options.ts';
import { SWEEP_OPTIONS } from './sweep-options.ts';

/** The commands that run another command with the configuration. */
export const RUNNING: Readonly<Record<'run' | 'sweep', CommandSpec>> = {
  run: {
    usage: 'run',
    takesCommand: true,
    describe: 'Run a command with every setting as its variable: varve run -- COMMAND',
    options: {
      set: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'KEY=VALUE, as a flag of the program would give it',
      },
      snapshot: { type: 'string', requiresArg: true, describe: 'Keep the snapshot of the run in this file' },
      repeat: { type: 'string', requiresArg: true, describe: 'Use the configuration of this run, by its snapshot' },
      resume: {
        type: 'string',
        requiresArg: true,
        describe: 'Go on with this run: only settings that do not identify a run (identity: false) may differ',
      },
      'allow-change': {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'KEY: may differ from the run that is resumed',
      },
    },
    examples: [
      ['varve run -- python train.py', 'Exit 3, and nothing is started, if the configuration is invalid'],
      ['varve run --set log.level=debug -- npm start', 'With another value, for this run only'],
      ['varve run --repeat runs/7/snapshot.json -- python train.py', 'The same configuration again'],
      ['varve run --resume runs/7/snapshot.json -- python train.py', 'Go on, unless it would be another run'],
    ],
    notes: 'The command finds a JSON file at $VARVE_SNAPSHOT: values (secrets redacted) and origins.',
    run: async (context, args) => {
      const { run } = await import('../commands/run.ts');
      return run(context, {
        set: texts(args, 'set'),
        snapshot: optionalText(args, 'snapshot'),
        repeat: optionalText(args, 'repeat'),
        resume: optionalText(args, 'resume'),
        allowChange: texts(args, 'allow-change'),
      });
    },
  },
  sweep: {
    usage: 'sweep [report]',
    takesCommand: true,
    takesSettings: true,
    describe: 'Run a command with every combination of some values: varve sweep --lr 0.1,0.2 -- COMMAND',
    options: SWEEP_OPTIONS,
    examples: [
      ['varve sweep --lr 0.1,0.2 --log.level debug -- python train.py', 'Two runs; each has its own folder'],
      ['varve sweep -j 4 --lr 0.001:0.1:log:5 -- python train.py', 'Five values, four runs at once'],
      [
        'varve sweep --sample 20 --sample-seed 7 -- python train.py',
        "Draws values of the settings with search: 'linear' or 'log'",
      ],
      [`varve sweep --variables '[["a"],["a","b"]]' -- ./run.sh`, 'Values with commas, as a JSON list'],
      ['varve sweep --lr 0.1,0.2 --emit slurm -- python train.py | sbatch', 'The same runs as a job array'],
      ['varve sweep status', 'How far the runs have come'],
      ['varve sweep results --format csv', 'What each run wrote into its result.json'],
    ],
    notes:
      'The command gets VARVE_SNAPSHOT, VARVE_RUN_FOLDER and VARVE_SLOT, a number below --jobs that no other run has at the same time. The same line again runs what is not done yet.',
    run: async (context, args) => {
      const output = text(args, 'output');
      const report = optionalText(args, 'report');
      if (report !== undefined) {
        const { sweepReport } = await import('../commands/sweep-report.ts');
        return sweepReport(context, report, { output, format: text(args, 'format') });
      }
      const { sweep } = await import('../commands/sweep.ts');
      const { settings } = args as { settings: Readonly<Record<string, readonly string[]>> };
      return sweep(context, {
        settings,
        output,
        set: texts(args, 'set'),
        sample: optionalText(args, 'sample'),
        seed: texts(args, 'seed'),
        sampleSeed: optionalText(args, 'sample-seed'),
        pair: texts(args, 'pair'),
        each: texts(args, 'each'),
        jobs: text(args, 'jobs'),
        retry: text(args, 'retry'),
        stopOnFailure: args['stop-on-failure'] === true,
        allowChange: texts(args, 'allow-change'),
        emit: optionalText(args, 'emit'),
        program: optionalText(args, 'program'),
        index: optionalText(args, 'index'),
        ask: args['ask'] === true,
      });
    },
  },
};
