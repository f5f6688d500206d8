import type { Definition } from '../../index.ts';
import { describeSettings, didYouMean, type SettingDescription } from '../../tools.ts';
import { UsageError } from '../usage-error.ts';
import { parseRange, type Range, searchRange } from './range.ts';

/** A setting, or a member of an `Object`, with the values that it is tried with. */
export interface Axis {
  readonly key: string;
  /** Texts, as the setting's flag gives them, or a range of numbers. */
  readonly values: readonly string[] | Range;
}

/** What the command line gives for an axis: the flag or key of a setting, and its lists of values. */
export type AxisArgument = readonly [name: string, lists: readonly string[]];

/** A setting, and the member of it that a name addresses. */
interface Target {
  readonly setting: SettingDescription;
  /** The key of the setting, or that of the member. */
  readonly key: string;
}

/** The axes in the order in which they were given. Throws a `UsageError` for a name or a list that is wrong. */
export function parseAxes(definition: Definition, given: readonly AxisArgument[]): readonly Axis[] {
  const settings = describeSettings(definition);
  const axes = new Map<string, readonly string[] | Range>();
  for (const [name, lists] of given) {
    const { setting, key } = targetOf(settings, name);
    if (setting.sensitive) {
      throw new UsageError(`${key} is sensitive: its values would be on command lines`, 'Give it by its variable.');
    }
    for (const list of lists) axes.set(key, joined(axes.get(key), parseValues(list, name, setting), name));
  }
  return [...axes].map(([key, values]) => ({ key, values }));
}

function joined(before: Axis['values'] | undefined, values: Axis['values'], name: string): Axis['values'] {
  if (before === undefined) return values;
  if ('low' in before || 'low' in values) throw new UsageError(`${name} has a range and other values`);
  return [...before, ...values];
}

/** The axes of all settings that declare a search space, except for those with these keys. */
export function searchAxes(definition: Definition, without: ReadonlySet<string>): readonly Axis[] {
  return describeSettings(definition)
    .filter(({ key, search, sensitive }) => search !== undefined && !sensitive && !without.has(key))
    .map((setting) => ({ key: setting.key, values: searchRange(setting) }));
}

function targetOf(settings: readonly SettingDescription[], name: string): Target {
  const dashes = name.length === 1 ? '-' : '--';
  const found = settings.find(({ flag, key }) => flag === `${dashes}${name}` || key === name);
  if (found) return { setting: found, key: found.key };
  const owner = settings.find(
    ({ merges, key, flag }) => merges && (name.startsWith(`${key}.`) || `--${name}`.startsWith(`${flag}.`)),
  );
  if (owner) {
    const { key, flag } = owner;
    const prefix = name.startsWith(`${key}.`) ? `${key}.` : `${flag}.`.replace(/^-+/, '');
    return { setting: owner, key: `${key}.${name.slice(prefix.length)}` };
  }
  const flags = settings.flatMap(({ flag }) => flag ?? []);
  throw new UsageError(`${dashes}${name} is neither an option nor a setting`, didYouMean(`${dashes}${name}`, flags));
}

/** Values between commas, a range, or a JSON list: its strings are texts, its other members are taken as JSON. */
function parseValues(list: string, name: string, setting: SettingDescription): Axis['values'] {
  const range = parseRange(list.trim(), name, setting);
  if (range) return range;
  if (!list.trimStart().startsWith('[')) return list.split(',').map((text) => text.trim());
  const values = parseJson(list);
  if (!Array.isArray(values)) {
    throw new UsageError(`the values of ${name} begin with [, but are not a JSON list`, 'Like: [["a"],["a","b"]]');
  }
  if (values.length === 0) throw new UsageError(`${name} has no values`);
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Splits `KEY=VALUE,VALUE`, as `--set` takes it. */
export function splitPair(pair: string): AxisArgument {
  const [key = '', list] = pair.split(/=(.*)/s);
  if (list === undefined) throw new UsageError(`--set ${pair} has no value`, 'Like: --set lr=0.1,0.2');
  return [key, [list]];
}
