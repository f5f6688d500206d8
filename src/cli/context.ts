import { loadConfig } from '../index.ts';
import type { Context, FoundDefinition } from './command.ts';
import type { Arguments } from './command-spec.ts';
import { painter, type Terminal } from './terminal.ts';

/** What a command line gives its command. */
export function contextOf(args: Arguments, rest: readonly string[], terminal: Terminal): Context {
  const { color, input, json } = args;
  const definition = args['definition'] === undefined ? undefined : String(args['definition']);
  const file = args['file'] === undefined ? undefined : String(args['file']);
  const asked = typeof color === 'boolean' ? color : undefined;
  let found: Promise<FoundDefinition> | undefined;
  const define = (): Promise<FoundDefinition> => {
    found ??= import('./find-definition.ts').then(({ findDefinition }) => findDefinition(definition, terminal.cwd));
    return found;
  };
  return {
    terminal,
    paint: painter(asked, terminal.env, terminal.stdout),
    paintNote: painter(asked, terminal.env, terminal.stderr),
    json: json === true,
    noInput: input === false,
    definition,
    file,
    rest,
    define,
    load: async (options = {}) => {
      const { definition, root } = await define();
      if (file !== undefined) (await import('./snapshot-file.ts')).refuseSnapshot(file, root);
      const { layers = definition.layers, ...others } = options;
      const inputs = {
        argv: rest,
        env: terminal.env,
        cwd: root,
        onWarning: false as const,
        ...(file !== undefined && { file }),
      };
      return await loadConfig(
        { ...definition, strictFlags: true, ...(layers && { layers }) },
        { ...inputs, ...others },
      );
    },
    print: (text) => terminal.stdout.write(`${text}\n`),
    note: (text) => terminal.stderr.write(`${text}\n`),
  };
}
