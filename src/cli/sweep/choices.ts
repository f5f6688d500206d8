import type { SnapshotJson } from '../../index.ts';
import { describeSettings, type SettingDescription } from '../../tools.ts';
import { keyOfMember } from '../../words/key-of-member.ts';
import type { Context } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { type Axis, type AxisArgument, findAxes, type GivenAxis, parseAxis, searchAxes, textsOf } from './axis.ts';
import { type ChoiceAxes, type Combination, requireFewRuns, type SweptAxes } from './combinations.ts';
import { loadPoint } from './point.ts';

/** The axes of a sweep, and those that it cannot use. */
export interface PlannedAxes extends SweptAxes {
  /** The axes of settings that exist with none of the choices. */
  readonly unused: readonly GivenAxis[];
  /** The settings that depend on a swept chooser: they differ from run to run without being swept. */
  readonly dependent: readonly string[];
  /** The configuration of each choice of swept choosers. */
  readonly snapshots: ReadonlyMap<string, SnapshotJson>;
}

/** What the command line gives for the axes. */
export interface AxesOptions {
  readonly given: readonly AxisArgument[];
  /** Whether the settings that declare a search have an axis, too. */
  readonly isSearched: boolean;
}

/** Finds the axes of each combination of choices. Throws a `UsageError` for a name or a list that is wrong. */
export async function axesByChoice(
  context: Pick<Context, 'define' | 'load'>,
  { given, isSearched }: AxesOptions,
): Promise<PlannedAxes> {
  const { definition } = await context.define();
  const declared = describeSettings(definition);
  const axes = findAxes(definition, given);
  const keys = new Set(axes.map(({ key }) => key));
  const choosers = new Set(declared.flatMap(({ onlyWith = [] }) => onlyWith.map(({ chooser }) => chooser)));
  const swept = axes.filter(({ key }) => [...choosers].some((chooser) => keyOfMember(chooser, key) === key));
  const isOfSwept = ({ onlyWith = [] }: SettingDescription): boolean =>
    onlyWith.some(({ chooser }) => swept.some(({ key }) => key === chooser));
  const choices: ChoiceAxes[] = [];
  const snapshots = new Map<string, SnapshotJson>();
  const dependent = new Set<string>();
  for (const choice of choicesOf(swept)) {
    const config = choosers.size === 0 ? undefined : await loadPoint(context, choice);
    const settings = config ? describeSettings(config) : declared;
    if (config && choice.length > 0) snapshots.set(choice.join(','), config.snapshot().toJSON());
    for (const setting of [...declared, ...settings]) if (isOfSwept(setting)) dependent.add(setting.key);
    // A setting of a variant that the layers do not choose is refused as in any other command.
    const others = axes.map(({ setting }) => setting).filter((setting) => !isOfSwept(setting));
    const own = axesOf(axes, [...others, ...settings]);
    choices.push({ choice, axes: [...own, ...(isSearched ? searchAxes(settings, keys) : [])] });
  }
  const used = new Set(choices.flatMap((one) => one.axes.map(({ key }) => key)));
  return {
    keys: [...new Set([...keys, ...used])],
    choices,
    unused: axes.filter(({ key }) => !used.has(key)),
    dependent: [...dependent],
    snapshots,
  };
}

/** The axes of the settings that exist; the last of two settings with one key counts. */
function axesOf(axes: readonly GivenAxis[], settings: readonly SettingDescription[]): readonly Axis[] {
  const byKey = new Map(settings.map((setting) => [setting.key, setting]));
  return axes.flatMap((axis) => {
    const setting = byKey.get(axis.setting.key);
    return setting ? [parseAxis(axis, setting)] : [];
  });
}

/** Each combination of the values of choosers. */
function choicesOf(choosers: readonly GivenAxis[]): readonly Combination[] {
  let choices: readonly Combination[] = [[]];
  for (const axis of choosers) {
    const texts = [...new Set(textsOf(parseAxis(axis, axis.setting)))];
    requireFewRuns(choices.length * texts.length);
    choices = choices.flatMap((before) => texts.map((text) => [...before, `${axis.key}=${text}`]));
  }
  return choices;
}

/** Throws a `UsageError` for an axis of a variant that no run chooses. */
export function requireUsed([axis]: PlannedAxes['unused']): void {
  if (!axis) return;
  const { key, setting } = axis;
  const conditions = (setting.onlyWith ?? []).map(({ chooser, choices }) => {
    const names = choices.map((name) => JSON.stringify(name)).join(' or ');
    return `${chooser} ${names}`;
  });
  const choosers = (setting.onlyWith ?? []).map(({ chooser }) => chooser).join(' and ');
  throw new UsageError(
    `${key} exists only with ${conditions.join(' and ')}, which no run of this sweep has`,
    `Leave it out, or sweep ${choosers} with that choice.`,
  );
}
