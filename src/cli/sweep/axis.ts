import { type Definition, describeSettings, didYouMean, type SettingDescription } from '../../index.ts';
import { UsageError } from '../usage-error.ts';

/** A setting, and the texts that are tried of it, as its flag would give them. */
export interface Axis {
  readonly key: string;
  readonly texts: readonly string[];
}

/** What the command line says of an axis: the flag or key of a setting, and the lists of its values. */
export type Given = readonly [name: string, lists: readonly string[]];

/** The axes of a grid, in the order in which they were given. Throws a `UsageError` for what is none. */
export function axesOf(definition: Definition, given: readonly Given[]): readonly Axis[] {
  const settings = describeSettings(definition);
  const texts = new Map<string, string[]>();
  for (const [name, lists] of given) {
    const { key, sensitive } = settingNamed(settings, name);
    if (sensitive) {
      throw new UsageError(`${key} is sensitive: its values would stand on command lines`, 'Give it by its variable.');
    }
    const all = texts.get(key) ?? [];
    texts.set(key, [...all, ...lists.flatMap((list) => textsIn(list, name))]);
  }
  if (texts.size === 0) throw new UsageError('which values?', 'Like: varve sweep --lr 0.1,0.2 -- COMMAND');
  return [...texts].map(([key, all]) => ({ key, texts: [...new Set(all)] }));
}

function settingNamed(settings: readonly SettingDescription[], name: string): SettingDescription {
  const dashes = name.length === 1 ? '-' : '--';
  const found = settings.find(({ flag, key }) => flag === `${dashes}${name}` || key === name);
  if (found) return found;
  const flags = settings.flatMap(({ flag }) => flag ?? []);
  throw new UsageError(`${dashes}${name} is neither an option nor a setting`, didYouMean(`${dashes}${name}`, flags));
}

/** Values between commas; or a JSON list, whose texts are taken as they stand and whose other members as JSON. */
function textsIn(list: string, name: string): readonly string[] {
  if (!list.trimStart().startsWith('[')) return list.split(',').map((text) => text.trim());
  const values = parsed(list);
  if (!Array.isArray(values)) {
    throw new UsageError(`the values of ${name} begin with [, but are no JSON list`, 'Like: [["a"],["a","b"]]');
  }
  if (values.length === 0) throw new UsageError(`${name} has no values`);
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `KEY=VALUE,VALUE`, as `--set` has it. */
export function givenPair(pair: string): Given {
  const [key = '', list] = pair.split(/=(.*)/s);
  if (list === undefined) throw new UsageError(`--set ${pair} has no value`, 'Like: --set lr=0.1,0.2');
  return [key, [list]];
}
