import type { Issue } from '../errors.ts';
import { frozenCopy, isPlainObject, RESERVED_NAME } from '../json/value.ts';
import { childKey, type Key, segments } from '../key.ts';
import { type Entries, type Entry, entryOfPart, type LayerEntries, OverlaidEntries, plainOrigin } from '../layer.ts';
import { SettingEntries } from '../schema/check.ts';
import { hasNoValue } from '../schema/decode.ts';
import type { Schema } from '../schema/schema.ts';
import { type AllowedName, allowedBy, isAllowed, reportUnknown, type UnknownNames } from '../unknown-keys.ts';
import { matchNamed, type NameMatcher, wholesFirst } from './match-members.ts';
import type { DeprecatedEntry, SourceResult, UnknownName } from './source.ts';

/** A result with the entries of settings and of allowed unknown keys. */
export interface MatchedResult extends SourceResult {
  readonly entries: LayerEntries;
  /** The entries without a value: an empty text, for a format that does not accept one. */
  readonly empty: ReadonlyMap<Key, Entry>;
}

/**
 * Finds the setting of every name that a source provides, by key or alias. Warns about deprecated names, and reports
 * unknown ones by the policy for them, which is looked up only then. All sources use this function.
 */
export function matchSettings(schema: Schema, result: SourceResult, policyOf: () => UnknownNames): MatchedResult {
  const matcher = new Matcher(schema);
  const own = result.matched ?? matcher.matchKeys(result.entries);
  const deprecated = [...(result.deprecated ?? []), ...matcher.deprecated];
  const unknown = [...(result.unknown ?? []), ...matcher.unknown];
  const policy = unknown.length === 0 ? undefined : policyOf();
  matcher.addDeprecated(own, deprecated);
  if (policy)
    matcher.addAllowed(
      unknown.filter((name) => isAllowed(name, policy)),
      policy,
    );
  const entries = matcher.added.size === 0 ? own : new OverlaidEntries(() => own, matcher.added);
  const reported = policy ? reportUnknown(schema, result, unknown, policy) : undefined;
  return {
    ...result,
    entries,
    empty: matcher.empty,
    issues: [...(result.issues ?? []), ...matcher.issues, ...(reported?.issues ?? [])],
    warnings: [
      ...(result.warnings ?? []),
      ...(reported?.warnings ?? []),
      ...deprecated.map((one) => deprecatedWarning(one, entries.get(one.setting.key))),
      ...deprecatedSettings(schema, entries),
    ],
  };
}

class Matcher {
  readonly empty = new Map<Key, Entry>();
  readonly added = new Map<Key, { readonly entry: Entry }>();
  readonly deprecated: DeprecatedEntry[] = [];
  readonly unknown: UnknownName[] = [];
  readonly issues: Issue[] = [];
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** Selects the entries of settings. */
  matchKeys(entries: Entries): LayerEntries {
    const found = new SettingEntries();
    for (const key of this.#schema.open ? wholesFirst(entries, this.#schema) : entries.keys()) {
      const entry = entries.get(key);
      if (entry && hasContent(entry)) this.#match(key, entry, found);
    }
    return found;
  }

  /** Adds entries with deprecated names, unless the setting has an entry with its own name. */
  addDeprecated(own: LayerEntries, deprecated: readonly DeprecatedEntry[]): void {
    for (const { setting, entry } of deprecated) {
      if (this.added.has(setting.key) || own.of(setting)) continue;
      if (hasNoValue(setting, entry)) this.empty.set(setting.key, entry);
      else this.added.set(setting.key, { entry });
    }
  }

  /** Adds unknown keys that are allowed. */
  addAllowed(unknown: readonly AllowedName[], policy: UnknownNames): void {
    for (const { key, entry } of unknown) this.#addUnknown(key, entry, policy);
  }

  get #matcher(): NameMatcher {
    return {
      match: (key, entry, found) => this.#match(key, entry, found),
      matchGroup: (key, entry, found) => this.#matchGroup(key, entry, found),
      refuse: (key, entry, message) => this.#refuse(key, entry, message),
    };
  }

  #match(key: Key, entry: Entry, found: SettingEntries): void {
    const { settings, groups } = this.#schema;
    const known = settings.get(key);
    if (known) {
      if (hasNoValue(known, entry)) this.empty.set(key, entry);
      else found.add(known, entry);
      return;
    }
    const setting = this.#schema.deprecated.keys.get(key);
    const isNamed = this.#schema.open && (!setting || isPlainObject(entry.value));
    if (isNamed && matchNamed({ key, entry, found }, this.#schema, this.#matcher)) return;
    if (setting) this.deprecated.push({ setting, entry, name: entry.origin.name, instead: setting.key });
    else if (groups.has(key)) this.#matchGroup(key, entry, found);
    else if (segments(key).includes(RESERVED_NAME)) this.#refuse(key, entry, 'is a name that no setting may have');
    else this.unknown.push({ name: key, key, entry, message: 'is not a setting', origin: entry.origin });
  }

  #matchGroup(key: Key, entry: Entry, found: SettingEntries): void {
    if (!isPlainObject(entry.value)) {
      this.#refuse(key, entry, 'must be an object: it is a group of settings');
      return;
    }
    for (const [name, value] of Object.entries(entry.value))
      this.#match(childKey(key, name), entryOfPart(entry, value), found);
  }

  #refuse(key: Key, { origin }: Entry, message: string): void {
    this.issues.push({ code: 'INVALID_VALUE', key, message, origin });
  }

  /** Makes a key inside allowed keys a member of the outermost of them. */
  #addUnknown(key: Key, entry: Entry, policy: UnknownNames): void {
    const path = segments(key);
    const depth =
      path.findIndex((_, i) => {
        const outer = path.slice(0, i + 1).join('.');
        return !this.#schema.groups.has(outer) && allowedBy(policy, outer) === 'key';
      }) + 1;
    const outer = path.slice(0, depth).join('.');
    const inner = path.slice(depth);
    const before = this.added.get(outer)?.entry;
    const value = memberOf(before?.value, inner, entry.value ?? entry.raw ?? null);
    this.added.set(outer, {
      entry: inner.length === 0 && !before ? entry : { origin: (before ?? entry).origin, value },
    });
  }
}

/** `undefined` means that a layer has no entry. */
function hasContent({ value, raw, parts, members, problem }: Entry): boolean {
  return [value, raw, parts, members, problem].some((content) => content !== undefined);
}

function memberOf(object: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const members = isPlainObject(object) ? object : {};
  return frozenCopy({
    ...members,
    [name]: memberOf(Object.hasOwn(members, name) ? members[name] : undefined, rest, value),
  });
}

function deprecatedWarning({ setting, entry, name, instead }: DeprecatedEntry, winner: Entry | undefined): Issue {
  const common = { code: 'DEPRECATED', key: setting.key, origin: plainOrigin(entry.origin) } as const;
  if (!winner || winner === entry) {
    return { ...common, message: `is set by its deprecated name ${name}`, suggestion: `Write ${instead} instead.` };
  }
  const message = `is also set by its deprecated name ${name}, which has no effect beside ${winner.origin.name}`;
  return { ...common, message, suggestion: `Remove ${name}.` };
}

function* deprecatedSettings(schema: Schema, entries: LayerEntries): Generator<Issue> {
  for (const setting of schema.deprecated.deprecated) {
    const entry = entries.of(setting);
    if (!entry) continue;
    const { deprecated } = setting.node;
    const message = typeof deprecated === 'string' ? `is deprecated: ${deprecated}` : 'is deprecated';
    yield { code: 'DEPRECATED', key: setting.key, message, origin: plainOrigin(entry.origin) };
  }
}
