import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Folder, folder } from '../folder.ts';

const url = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);

/** A program of its own, as a user of the package writes it with yargs. */
const PROGRAM = `
import yargs from ${url('node_modules/yargs/index.mjs')};
import { defineConfig, loadConfig } from ${url('dist/index.mjs')};
import { configCommand, withFlags } from ${url('dist/cli/yargs/index.mjs')};

const definition = defineConfig({
  name: 'my app',
  file: 'app.json',
  envPrefix: 'APP',
  settings: {
    max_workers: { doc: 'Worker processes', format: 'nat', default: 4 },
    lr: { doc: 'Learning rate', format: Number, default: 0.1, arg: 'l' },
    mode: { doc: 'How exact', format: ['fast', 'exact', '1.0'], default: 'fast' },
    verbose: { doc: 'Tells more', format: Boolean, default: false, arg: 'v' },
    title: { doc: 'A title', default: '' },
    token: { doc: 'A secret', format: String, default: 's3cret', sensitive: true },
    region: { doc: 'Where', format: String, default: null },
    old: { doc: 'Not any more', default: 'x', deprecated: 'use title', aliases: ['older'] },
    hidden: { doc: 'No help lists it', default: 'x', arg: false },
    'no-cache': { doc: 'A setting of its own', format: String, default: 'x' },
    help: { doc: 'A setting too', default: 'x' },
    version: { doc: 'A setting too', default: 'x' },
    log: {
      level: { doc: 'How much is logged', format: ['debug', 'info'], default: 'info', arg: 'log-level' },
      toFile: { doc: 'Whether a file is written', format: Boolean, default: false },
      rotate: { maxSize: { doc: 'The largest file', format: 'bytes', default: '10MiB' } },
    },
    opts: { doc: 'More', format: Object, default: { a: 1 } },
  },
});

await withFlags(yargs(process.argv.slice(2)).scriptName('myapp').wrap(110).locale('en'), definition)
  .command('$0', 'Starts', (program) => program.option('other', { type: 'string', describe: 'An option of the program' }), async ({ other }) => {
    const config = await loadConfig(definition);
    console.log(JSON.stringify({ other, values: config.values }));
  })
  .command(configCommand(definition))
  .completion('completion')
  .strict()
  .parseAsync();
`;

/** What a run of the program printed. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program in a folder of its own. */
export interface Program extends Folder {
  run(args: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Run;
}

/** Writes the program into a temporary folder, with these files beside it. */
export function program(files: Readonly<Record<string, string>> = {}): Program {
  const place = folder({ ...files, 'myapp.mjs': PROGRAM });
  const run: Program['run'] = (args, env = { APP_REGION: 'eu' }, input = '') => {
    const options = { cwd: place.path, env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8', input } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(place.path, 'myapp.mjs'), ...args], options);
    return { status, stdout, stderr };
  };
  return { ...place, run };
}
