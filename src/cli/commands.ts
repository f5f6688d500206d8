import type { Authorship } from '../index.ts';
import type { Arguments, CommandOption, CommandOptions, CommandSpec } from './command-spec.ts';

const text = (args: Arguments, name: string): string => String(args[name]);
const optionalText = (args: Arguments, name: string): string | undefined =>
  args[name] === undefined ? undefined : text(args, name);
const texts = (args: Arguments, name: string): readonly string[] => [args[name] ?? []].flat().map(String);

const REVEAL: CommandOption = { type: 'boolean', default: false, describe: 'Show secrets; asks on a terminal' };
const DRY_RUN: CommandOption = { type: 'boolean', default: false, describe: 'Show the changes and write nothing' };
const OUTPUT: CommandOption = { type: 'string', alias: 'o', requiresArg: true, describe: 'Write it into this file' };
const CHECK: CommandOption = {
  type: 'string',
  describe: 'Write nothing; exit 1 if this file is not what would be written',
};

/** Where a document is written or checked. */
const outputOf = (args: Arguments): { readonly output: string | undefined; readonly check: string | undefined } => ({
  output: optionalText(args, 'output'),
  check: optionalText(args, 'check'),
});

/** Who writes, and why: for stores that keep it. */
const AUTHORSHIP: CommandOptions = {
  by: { type: 'string', requiresArg: true, describe: 'Who writes, for a store with a history; user@host by default' },
  note: { type: 'string', requiresArg: true, describe: 'Why, for a store with a history' },
};

const authorshipOf = async (args: Arguments): Promise<Authorship> =>
  (await import('./authorship.ts')).authorship(optionalText(args, 'by'), optionalText(args, 'note'));

const writeOptionsOf = async (args: Arguments): Promise<{ dryRun: boolean; authorship: Authorship }> => ({
  dryRun: args['dry-run'] === true,
  authorship: await authorshipOf(args),
});

/** The commands by name, in the order of the help. */
export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
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
    notes: 'Nothing is ever overwritten. What had to be guessed is listed.',
    run: async (context, args) => {
      const { init } = await import('./commands/init.ts');
      const language = optionalText(args, 'language');
      return init(context, { from: optionalText(args, 'from'), name: optionalText(args, 'name'), language });
    },
  },
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
      const { list } = await import('./commands/list.ts');
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
      (await import('./commands/get.ts')).get(context, text(args, 'key'), { reveal: args['reveal'] === true }),
  },
  explain: {
    usage: 'explain <key>',
    describe: 'Where a value comes from: the entry of every layer',
    options: {},
    examples: [['varve explain log.level', 'Every layer that has an entry, the winner marked']],
    run: async (context, args) => (await import('./commands/explain.ts')).explain(context, text(args, 'key')),
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
      const { set } = await import('./commands/set.ts');
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
      const { unset } = await import('./commands/set.ts');
      return unset(context, texts(args, 'key'), await writeOptionsOf(args));
    },
  },
  edit: {
    usage: 'edit [key]',
    describe: 'Find a setting, see its layers, change it, see the difference, confirm',
    options: {},
    examples: [['varve edit', 'Type a part of its name or its description']],
    run: async (context, args) => (await import('./commands/edit.ts')).edit(context, optionalText(args, 'key')),
  },
  reset: {
    usage: 'reset [key]',
    describe: 'Remove one setting from the file, or all of them, so that the default counts',
    options: {
      all: { type: 'boolean', default: false, describe: 'All settings; a file that cannot be read is kept beside' },
      yes: { type: 'boolean', default: false, alias: 'y', describe: 'Do not ask' },
      ...AUTHORSHIP,
    },
    examples: [
      ['varve reset log.level', 'One setting'],
      ['varve reset --all --yes', 'Everything, without asking'],
    ],
    run: async (context, args) => {
      const { reset } = await import('./commands/reset.ts');
      const options = { key: optionalText(args, 'key'), all: args['all'] === true, yes: args['yes'] === true };
      return reset(context, { ...options, authorship: await authorshipOf(args) });
    },
  },
  diff: {
    usage: 'diff [runs..]',
    describe: 'What the file changes of the defaults, or how files or runs differ',
    options: {
      against: { type: 'string', requiresArg: true, describe: 'Another file, or the snapshot of a run' },
    },
    examples: [
      ['varve diff', 'The file against the defaults; exit 1 if they differ'],
      ['varve diff --against config/production.json', 'The file against another'],
      ['varve diff --against RUN/snapshot.json', 'The configuration now against that of a run'],
      ['varve diff runs/7 runs/8', 'Two runs, by their folders or snapshots; needs no definition'],
    ],
    run: async (context, args) => {
      const runs = texts(args, 'runs');
      const against = optionalText(args, 'against');
      if (runs.length === 0) return (await import('./commands/diff.ts')).diff(context, against);
      return (await import('./commands/diff-runs.ts')).diffRuns(context, runs, against);
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
      const { log } = await import('./commands/log.ts');
      const options = { key: optionalText(args, 'key'), before: optionalText(args, 'before') };
      return log(context, { ...options, limit: Number(text(args, 'limit')) });
    },
  },
  rollback: {
    usage: 'rollback <revision>',
    describe: 'Write an earlier revision anew, checked as any other change',
    options: { yes: { type: 'boolean', default: false, alias: 'y', describe: 'Do not ask' }, ...AUTHORSHIP },
    examples: [['varve rollback 57-1f2e3d4c', 'A revision that varve log lists']],
    run: async (context, args) => {
      const { rollback } = await import('./commands/rollback.ts');
      const options = { yes: args['yes'] === true, authorship: await authorshipOf(args) };
      return rollback(context, text(args, 'revision'), options);
    },
  },
  store: {
    usage: 'store <action>',
    describe: 'Create what the store of the definition needs: init',
    options: { sql: { type: 'boolean', default: false, describe: 'Print the SQL and change nothing' } },
    examples: [
      ['varve store init', 'Create the tables of a PostgreSQL store, as their owner'],
      ['varve store init --sql', 'Print them for an administrator'],
    ],
    run: async (context, args) => {
      const { initStore } = await import('./commands/init-store.ts');
      return initStore(context, { action: text(args, 'action'), printsSql: args['sql'] === true });
    },
  },
  validate: {
    usage: 'validate',
    describe: 'Check every layer and show every problem',
    options: {
      format: {
        type: 'string',
        choices: ['text', 'github'],
        default: 'text',
        requiresArg: true,
        describe: 'github: annotations',
      },
      strict: { type: 'boolean', default: false, describe: 'Count warnings as problems' },
    },
    examples: [
      ['varve validate', 'Exit 3 if anything is wrong'],
      ['varve validate --format github', 'Problems as annotations of GitHub Actions'],
    ],
    run: async (context, args) => {
      const { validate } = await import('./commands/validate.ts');
      return validate(context, { format: text(args, 'format'), strict: args['strict'] === true });
    },
  },
  doctor: {
    usage: 'doctor',
    describe: 'Find what may hurt: problems, masks, permissions, secrets in git',
    options: {
      fix: {
        type: 'boolean',
        default: false,
        describe: 'Mend what is safe: permissions of files with secrets, former keys in the file',
      },
    },
    examples: [['varve doctor', 'Exit 1 if anything is not ok']],
    run: async (context, args) => (await import('./commands/doctor.ts')).doctor(context, { fix: args['fix'] === true }),
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
        describe: 'json and yaml: by key; the others: variables',
      },
      reveal: REVEAL,
    },
    examples: [
      ['eval "$(varve export --format shell)"', 'Into the variables of a shell'],
      ['varve export --format env-file > app.env', 'For docker run --env-file'],
    ],
    notes: 'Secrets are left out without --reveal.',
    run: async (context, args) => {
      const { exportValues } = await import('./commands/export.ts');
      return exportValues(context, { format: text(args, 'format'), reveal: args['reveal'] === true });
    },
  },
  docs: {
    usage: 'docs',
    describe: 'The reference; also for .env, Kubernetes, systemd and docker',
    options: {
      format: {
        type: 'string',
        choices: ['markdown', 'env', 'configmap', 'systemd', 'docker', 'python'],
        requiresArg: true,
        describe: 'The format; by default, the name of the file decides',
      },
      output: OUTPUT,
      check: CHECK,
    },
    examples: [
      ['varve docs -o docs/configuration.md', 'The reference'],
      ['varve docs -o .env.example', 'The variables, commented out'],
      ['varve docs -o k8s/config.yaml', 'A ConfigMap, and a Secret beside it'],
      ['varve docs -o app.service.d/varve.conf', 'A drop-in for systemd'],
      ['varve docs --format docker -o app.env', 'For docker run --env-file'],
      ['varve docs -o settings.py', 'Dataclasses, and a loader for VARVE_SNAPSHOT'],
      ['varve docs --check .env.example', 'For CI: exit 1 if it is stale'],
    ],
    notes: 'Values are the defaults, never those of this machine; secrets have none.',
    run: async (context, args) => {
      const { docs } = await import('./commands/docs.ts');
      return docs(context, { format: optionalText(args, 'format'), ...outputOf(args) });
    },
  },
  schema: {
    usage: 'schema',
    describe: 'The JSON Schema of the file: editors complete and check it',
    options: { output: OUTPUT, check: CHECK },
    examples: [
      ['varve schema -o config/app.schema.json', 'Then write "$schema": "./app.schema.json" into the file'],
      ['varve schema --check', 'For CI: exit 1 if the schema that the file names is stale'],
    ],
    run: async (context, args) => (await import('./commands/schema.ts')).schema(context, outputOf(args)),
  },
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
    },
    examples: [
      ['varve run -- python train.py', 'Exit 3, and nothing is started, if the configuration is invalid'],
      ['varve run --set log.level=debug -- npm start', 'With another value, for this run only'],
      ['varve run --repeat runs/7/snapshot.json -- python train.py', 'The same configuration again'],
    ],
    notes: 'The command finds a JSON file at $VARVE_SNAPSHOT: values (secrets masked) and origins.',
    run: async (context, args) => {
      const { run } = await import('./commands/run.ts');
      const [snapshot, repeat] = [optionalText(args, 'snapshot'), optionalText(args, 'repeat')];
      return run(context, { set: texts(args, 'set'), snapshot, repeat });
    },
  },
  sweep: {
    usage: 'sweep [report]',
    takesCommand: true,
    takesSettings: true,
    describe: 'Run a command with every combination of some values: varve sweep --lr 0.1,0.2 -- COMMAND',
    options: {
      set: { type: 'string', array: true, requiresArg: true, describe: 'KEY=VALUES, as the flag of that setting' },
      sample: { type: 'string', requiresArg: true, describe: 'Draw so many combinations instead of taking all' },
      seed: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'The seed of the draws, or the setting "seed"',
      },
      'sample-seed': { type: 'string', requiresArg: true, describe: 'The seed of the draws' },
      pair: { type: 'string', array: true, requiresArg: true, describe: 'KEY,KEY: these change together' },
      each: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'KEY: not drawn; each draw has all its values',
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
      ask: { type: 'boolean', default: false, describe: 'Run each configuration on stdin, and answer with its result' },
      format: {
        type: 'string',
        choices: ['text', 'csv', 'json'],
        default: 'text',
        requiresArg: true,
        describe: 'Of status and results',
      },
    },
    examples: [
      ['varve sweep --lr 0.1,0.2 --log.level debug -- python train.py', 'Two runs; each has its own folder'],
      ['varve sweep -j 4 --lr 0.001:0.1:log:5 -- python train.py', 'Five values, four runs at once'],
      ['varve sweep --sample 20 --sample-seed 7 -- python train.py', 'Draws from the settings that declare a search'],
      [`varve sweep --variables '[["a"],["a","b"]]' -- ./run.sh`, 'Values with commas, as a JSON list'],
      ['varve sweep --lr 0.1,0.2 --emit slurm -- python train.py | sbatch', 'The same runs as a job array'],
      ['varve sweep status', 'How far the runs have come'],
      ['varve sweep results --format csv', 'What each run wrote into its result.json'],
    ],
    notes:
      'The command gets VARVE_SNAPSHOT, VARVE_RUN_FOLDER and VARVE_SLOT. The same line again runs what is not done yet.',
    run: async (context, args) => {
      const output = text(args, 'output');
      const report = optionalText(args, 'report');
      if (report !== undefined) {
        const { sweepReport } = await import('./commands/sweep-report.ts');
        return sweepReport(context, report, { output, format: text(args, 'format') });
      }
      const { sweep } = await import('./commands/sweep.ts');
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
  ui: {
    usage: 'ui',
    describe: 'Show the layers of the configuration as a page in the browser',
    options: {
      port: { type: 'string', requiresArg: true, describe: 'The port on 127.0.0.1; a free one by default' },
      write: {
        type: 'boolean',
        default: false,
        describe: 'The page can edit the file; the diff is shown before it is saved',
      },
      open: { type: 'boolean', default: false, describe: 'Open the page in the browser' },
    },
    examples: [
      ['varve ui', 'Prints an address that works once'],
      ['varve ui --write --open', 'Opens the page, which can edit the file'],
    ],
    notes: 'Needs hono. Only this machine reaches it, and sensitive values never leave the process.',
    run: async (context, args) => {
      const { ui } = await import('./commands/ui.ts');
      const port = Number(optionalText(args, 'port') ?? 0);
      if (!Number.isInteger(port) || port < 0 || port > 65_535) {
        const { UsageError } = await import('./usage-error.ts');
        throw new UsageError('--port must be a port number', 'Use 0 to 65535.');
      }
      return ui(context, { port, canWrite: args['write'] === true, opens: args['open'] === true });
    },
  },
  mcp: {
    usage: 'mcp',
    describe: 'Serve the configuration to an assistant (Model Context Protocol, stdio)',
    options: {
      'allow-write': {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Settings that may be changed: optimizer.*, or ** for all; none unless given',
      },
      confirm: {
        type: 'string',
        choices: ['user', 'client'],
        default: 'user',
        requiresArg: true,
        describe: 'Who confirms a save: the user is asked, or the client decides',
      },
      'print-config': { type: 'boolean', default: false, describe: "What a client's configuration has to say" },
    },
    examples: [
      ['varve mcp', 'Read-only: an assistant can ask, and explain'],
      ["varve mcp --allow-write 'optimizer.*' --allow-write log.level", 'It may change these, when the user confirms'],
      ['varve mcp --print-config', "For the client's configuration file, with the variables that are set here"],
    ],
    notes: 'Values of sensitive settings never leave the process, and cannot be changed there.',
    run: async (context, args) => {
      const { mcp } = await import('./commands/mcp.ts');
      const confirm = text(args, 'confirm') === 'client' ? 'client' : 'user';
      return mcp(context, {
        allowWrite: texts(args, 'allow-write'),
        confirm,
        printConfig: args['print-config'] === true,
      });
    },
  },
  completion: {
    usage: 'completion [shell]',
    describe: 'Completion of commands, keys, values and flags: bash, zsh or fish',
    options: { line: { type: 'string', requiresArg: true, hidden: true } },
    examples: [
      ['source <(varve completion bash)', 'In ~/.bashrc'],
      ['source <(varve completion zsh)', 'In ~/.zshrc, behind compinit'],
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
  json: { type: 'boolean', default: false, describe: 'Answer in JSON' },
  color: { type: 'boolean', describe: 'Use colour, or not (--no-color)' },
  input: { type: 'boolean', default: true, describe: 'Ask, or not (--no-input)' },
};
