import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import { type Entry, writtenJson } from '../layer.ts';
import { namedAsBelow } from '../schema/check.ts';
import type { MemberKey } from '../schema/member-path.ts';
import { type MemberChange, type ValueBelow, withMembers } from '../schema/members.ts';
import { refusal } from '../schema/refusal.ts';
import type { Setting } from '../schema/setting.ts';

/** A change of one member of a setting: `labels.team`. */
export interface MemberOfSetting extends MemberKey, MemberChange {
  readonly key: Key;
}

/** What the members of a setting are changed in. */
interface ChangedSetting {
  /** The entry before the changes. */
  readonly entry: Entry | undefined;
  /** What the layers below provide. */
  readonly below: (setting: Setting) => ValueBelow;
  /** Takes the whole value, or returns why it is refused. */
  readonly take: (value: unknown) => readonly Issue[];
}

/** How many changed members of one setting are tried each by itself, to find all problems. */
const MOST_TRIED = 20;

/** Takes the value that changes of members of one setting make together, or returns why they are refused. */
export function takeMembers(changes: readonly MemberOfSetting[], setting: ChangedSetting): readonly Issue[] {
  const { value, refused } = wholeChange(changes, setting);
  const accepted = changes.filter((change) => !refused.has(change));
  const problems = accepted.length === 0 ? [] : setting.take(value);
  // A check finds the first problem only.
  const isTried = problems.length > 0 && accepted.length <= MOST_TRIED;
  const each = isTried ? accepted.flatMap((one) => setting.take(wholeChange([one], setting).value)) : [];
  return [...refused.values(), ...(each.length > 0 ? each : problems)];
}

/** The setting's value after changes of its members, and an issue for each change that it cannot have. */
function wholeChange(
  changes: readonly MemberOfSetting[],
  { entry, below: belowOf }: Pick<ChangedSetting, 'entry' | 'below'>,
): { readonly value: unknown; readonly refused: ReadonlyMap<MemberOfSetting, Issue> } {
  const { setting } = changes[0] as MemberOfSetting;
  const below = belowOf(setting);
  const whole = namedAsBelow(setting, writtenJson(entry), below.value);
  const changed =
    'problem' in whole
      ? { value: undefined, refused: new Map(changes.map((change) => [change, whole.problem])) }
      : withMembers(setting, changes, { whole: whole.value, below });
  const refused = Array.from(changed.refused, ([change, problem]) => {
    return [change, refusal(change.key, problem, { entry: { value: change.value }, setting })] as const;
  });
  const isEmptied = setting.merges && changes.at(-1)?.value === undefined && isEmpty(changed.value);
  return { value: isEmptied ? undefined : changed.value, refused: new Map(refused) };
}

function isEmpty(value: unknown): boolean {
  return Object.keys(value ?? {}).length === 0;
}
