import { isPlainObject } from '../json/value.ts';
import { childKey, type Key, segments } from '../key.ts';
import { type Entries, type Entry, entryOfPart } from '../layer.ts';
import type { SettingEntries } from '../schema/check.ts';
import { isMark, keyOfWhole, namedSetting, type OpenWhole, openWhole, wholeProblem } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';

/** How entries are matched with settings. */
export interface NameMatcher {
  match(key: Key, entry: Entry, found: SettingEntries): void;
  matchGroup(key: Key, entry: Entry, found: SettingEntries): void;
  refuse(key: Key, entry: Entry, message: string): void;
}

/** An entry by its key, and where those of settings are added. */
interface FoundEntry {
  readonly key: Key;
  readonly entry: Entry;
  readonly found: SettingEntries;
}

/** The keys, those of whole lists and members before the settings in them, which change a part of the whole. */
export function wholesFirst(entries: Entries, { settings }: Schema): readonly Key[] {
  const keys = [...entries.keys()];
  const isWhole = (key: Key): boolean => !settings.has(key) && !isMark(entries.get(key)?.value);
  return [...keys.filter(isWhole), ...keys.filter((key) => !isWhole(key))];
}

/** Matches what leads into a group by name, which may get a new member; `false` for anything else. */
export function matchNamed({ key, entry, found }: FoundEntry, { root }: Schema, matcher: NameMatcher): boolean {
  const whole = openWhole(root, segments(key));
  if (whole) {
    matchWhole(whole, { entry, found }, matcher);
    return true;
  }
  const named = namedSetting(root, segments(key));
  if (!named || named.rest.length > 0) return false;
  matcher.match(named.setting.key, entry, found);
  return true;
}

/** Matches a list, or a member of a group by name. */
function matchWhole(whole: OpenWhole, { entry, found }: Omit<FoundEntry, 'key'>, matcher: NameMatcher): void {
  const { value, problem } = entry;
  const key = keyOfWhole(whole);
  if (problem !== undefined) matcher.refuse(key, entry, problem);
  else if (whole.name === undefined && Array.isArray(value)) {
    found.addUnknown(key, entryOfPart(entry, []));
    for (const [i, member] of value.entries())
      matcher.match(childKey(key, String(i)), entryOfPart(entry, member), found);
  } else if (whole.group.isList && !isPlainObject(value)) matcher.refuse(key, entry, wholeProblem(whole));
  else if (!Array.isArray(value) && isMark(value)) found.addUnknown(key, entry);
  else {
    matcher.matchGroup(key, entry, found);
    // An element without settings has its place in the list too.
    if (whole.group.isList) found.addUnknown(key, entryOfPart(entry, {}));
  }
}
