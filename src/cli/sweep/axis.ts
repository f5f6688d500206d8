import type { Definition } from '../../index.ts';
import { describeFlag, describeSettings, type SettingDescription } from '../../tools.ts';
import { keyOfMember } from '../../words/key-of-member.ts';
import { meantOption } from '../command-line.ts';
import { COMMON_OPTIONS } from '../specs/options.ts';
import { SWEEP_OPTIONS } from '../specs/sweep-options.ts';
import { UsageError } from '../usage-error.ts';
import { gridValues, parseRange, type Range, searchRange } from './range.ts';

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
  /** As the definition describes it, whatever is chosen. */
  readonly setting: SettingDescription;
  /** The key of the setting, or that of the member. */
  readonly key: string;
}

/** A setting with lists of values, which are read once its variant is known. */
export interface GivenAxis extends Target {
  readonly lists: readonly { readonly name: string; readonly list: string }[];
}

/** The settings with values, in the order in which they were given. Throws a `UsageError` for a wrong name. */
export function findAxes(definition: Definition, given: readonly AxisArgument[]): readonly GivenAxis[] {
  const axes = new Map<string, GivenAxis>();
  for (const [name, lists] of given) {
    const target = targetOf(definition, name);
    const before = axes.get(target.key)?.lists ?? [];
    axes.set(target.key, { ...target, lists: [...before, ...lists.map((list) => ({ name, list }))] });
  }
  return [...axes.values()];
}

/** The values of an axis for a setting. Throws a `UsageError` for a wrong list. */
export function parseAxis({ key, lists }: GivenAxis, setting: SettingDescription): Axis {
  if (setting.sensitive) {
    throw new UsageError(`${key} is sensitive: its values would be on command lines`, 'Give it by its variable.');
  }
  let values: Axis['values'] = [];
  for (const [i, { name, list }] of lists.entries()) {
    const more = parseValues(list, name, setting);
    values = i === 0 ? more : joinValues(values, more, name);
  }
  return { key, values };
}

/** The texts of an axis in a grid. */
export function textsOf({ key, values }: Axis): readonly string[] {
  return 'low' in values ? gridValues(values, key).map(String) : values;
}

function joinValues(before: Axis['values'], values: Axis['values'], name: string): Axis['values'] {
  if ('low' in before || 'low' in values) throw new UsageError(`${name} has a range and other values`);
  return [...before, ...values];
}

/** The axes of all settings that declare a search space, except for those with these keys. */
export function searchAxes(settings: readonly SettingDescription[], without: ReadonlySet<string>): readonly Axis[] {
  return settings
    .filter(({ key, search, sensitive }) => search !== undefined && !sensitive && !without.has(key))
    .map((setting) => ({ key: setting.key, values: searchRange(setting) }));
}

function targetOf(definition: Definition, name: string): Target {
  const { setting, member } = describeFlag(definition, name) ?? {};
  if (setting && member === undefined) return { setting, key: setting.key };
  // The values of runs are read from snapshots, by dotted keys.
  if (setting?.merges && !member?.includes('[')) return { setting, key: `${setting.key}.${member}` };
  const typed = name.length === 1 ? `-${name}` : `--${name}`;
  const flags = describeSettings(definition).flatMap(({ flag }) => flag ?? []);
  const options = Object.keys({ ...COMMON_OPTIONS, ...SWEEP_OPTIONS }).map((option) => `--${option}`);
  const near = meantOption(typed, [...flags.map((flag) => keyOfMember(flag, typed)), ...options]);
  throw new UsageError(`${typed} is neither an option nor a setting`, near);
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
