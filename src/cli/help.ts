import yargs from 'yargs';
import { COMMANDS } from './commands.ts';
import { COMMON_OPTIONS } from './specs/options.ts';
import type { Terminal } from './terminal.ts';

/** The help of a command, or of all, as yargs writes it. */
export async function helpOf(command: string | undefined, { stdout: { isTTY, columns } }: Terminal): Promise<string> {
  let parser = yargs()
    .scriptName('varve')
    .usage('$0 <command>\n\nWhere does this value come from? Settings in layers, each value with its origin.')
    .locale('en')
    .version(false)
    .options(COMMON_OPTIONS)
    .options({ version: { type: 'boolean', alias: 'v', describe: 'Show the version' } })
    .group([...Object.keys(COMMON_OPTIONS), 'help', 'version'], 'Everywhere:')
    .epilogue(EPILOGUE)
    .alias('help', 'h')
    .describe('help', 'Show help')
    .wrap(isTTY && columns ? Math.min(columns, WIDEST) : WIDEST)
    .exitProcess(false);
  for (const [name, { usage, describe, options, examples = [], notes }] of Object.entries(COMMANDS)) {
    parser = parser.command(usage, describe, (of) => {
      const shown = of.options(options).group(Object.keys(options), `Of ${name}:`);
      return shown.example(examples.map(([line, what]) => [line, what])).epilogue(notes ?? EPILOGUE);
    });
  }
  let help = '';
  await parser.parseAsync([...(command === undefined ? [] : [command]), '--help'], {}, (_error, _args, output) => {
    help = output;
  });
  return help;
}

const WIDEST = 100;

const EPILOGUE = "The settings' own flags come after --:  varve list -- --trust-threshold 0.9";
