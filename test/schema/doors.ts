import { ConfigError, defineConfig, type Issue, type LoadOptions, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';

/** The declaration of the one setting that these tests have. */
export type Node = Readonly<Record<string, unknown>>;

/** The result of a text: the setting's value, or the problem. An empty text without a value leaves the default. */
export type Answer = { readonly value: unknown } | { readonly refused: readonly Issue[] };

/** The ways by which a text reaches a setting. */
export const DOORS = ['env', '.env', 'flag', 'set'] as const;

export type Door = (typeof DOORS)[number];

/** Gives `text` to a setting declared as `node`, by one door. */
export function given(door: Door, node: Node, text: string, options: Readonly<Record<string, unknown>> = {}): Answer {
  switch (door) {
    case 'env':
      return answer(node, { env: { IT: text } }, options);
    case '.env':
      return answer(node, { cwd: folder({ '.env': `IT=${quoted(text)}\n` }).path }, { dotenv: true, ...options });
    case 'flag':
      return answer(node, { argv: [`--it=${text}`] }, options);
    case 'set':
      return answered(() => {
        const config = loadConfigSync(definition(node, options), { env: {}, argv: [] });
        config.set('it', text as never);
        return config.values;
      });
  }
}

/** Writes `text` as the value of the setting in a JSON file. */
export function filed(node: Node, text: string, options: Readonly<Record<string, unknown>> = {}): Answer {
  const { path } = folder({ 'app.json': `{ "it": ${text} }` });
  return answer(node, { cwd: path }, { file: 'app.json', ...options });
}

/** Loads the setting from nothing but `inputs`. */
export function answer(node: Node, inputs: LoadOptions, options: Readonly<Record<string, unknown>> = {}): Answer {
  return answered(() => loadConfigSync(definition(node, options), { env: {}, argv: [], ...inputs }).values);
}

/** What `load` gives for the setting, or every issue that it throws. */
export function answered(load: () => unknown): Answer {
  try {
    return { value: (load() as Readonly<Record<string, unknown>>)['it'] };
  } catch (error) {
    if (error instanceof ConfigError) return { refused: error.issues };
    throw error;
  }
}

function definition(node: Node, options: Readonly<Record<string, unknown>>): ReturnType<typeof defineConfig> {
  const settings = { it: { env: 'IT', ...node } };
  return defineConfig({ name: 'app', settings, ...options } as never);
}

/** A text in the quotes that it doesn't have itself. */
function quoted(text: string): string {
  const quote = ["'", '`', '"'].find((mark) => !text.includes(mark));
  if (quote === undefined) throw new Error(`no quotes are left for ${text}`);
  return quote + text + quote;
}
