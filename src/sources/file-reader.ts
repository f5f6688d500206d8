import type { Issue } from '../errors.ts';
import type { DuplicateMember } from '../json/parse.ts';
import type { JsonContent } from '../json/read.ts';
import { hasReservedName, isPlainObject, type JsonObject, RESERVED_NAME } from '../json/value.ts';
import { childKey, type Key, segments } from '../key.ts';
import { type Entry, OverlaidEntries, type VariantChoice } from '../layer.ts';
import { NamedGroups, type VariantParts, variantsAt } from '../schema/open-groups.ts';
import { isMark, memberNameProblem, wholeProblem } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import { Group, Setting } from '../schema/setting.ts';
import { DoubtfulEntry } from './doubtful-entry.ts';
import { EXTENDS, ExtendsMember, pathsIn } from './extends-member.ts';
import { type DocumentResult, FileEntries, FileEntry, type ParsedText } from './file-document.ts';
import type { FilePlace } from './file-place.ts';
import { inexactEntry, suggestionFor, UnknownFileName } from './file-problems.ts';
import type { DeprecatedEntry, UnknownName } from './source.ts';

/** The most issues to list for one file. */
const MOST_LISTED = 1_000;

/** What the entries of a document are read with. */
export interface Surroundings {
  readonly parsed: ParsedText;
  readonly place: () => FilePlace;
  readonly schema: Schema;
  readonly hasKeysInside: (key: Key) => boolean;
  /** The choice between variants whose members the text contains. */
  readonly choice?: VariantChoice | undefined;
}

/**
 * Takes the values of a group's settings that are neither an object nor a list, each to the index of its setting. Returns
 * the names of all other members. It reads no member by its name, because V8 drops the optimized code of a loop when the
 * last object with a layout that the code depends on is collected.
 */
function takeScalars(members: JsonObject, group: Group, values: unknown[]): readonly string[] {
  const others: string[] = [];
  const all = Object.values(members);
  for (const [i, name] of Object.keys(members).entries()) {
    const value = all[i];
    const child = typeof value === 'object' ? undefined : group.child(name);
    if (child instanceof Setting) values[child.index] = value;
    else others.push(name);
  }
  return others;
}

/** Reads the entries of a parsed document. */
export class FileReader {
  readonly #content: JsonContent;
  readonly #parsed: ParsedText;
  readonly #place: () => FilePlace;
  readonly #schema: Schema;
  readonly #hasKeysInside: (key: Key) => boolean;
  readonly #choice: VariantChoice | undefined;
  readonly #values: unknown[];
  readonly #deprecated: DeprecatedEntry[] = [];
  readonly #unknown: UnknownName[] = [];
  readonly #issues: Issue[] = [];
  readonly #warnings: Issue[] = [];
  /** The members of groups by name that are empty or `null`. */
  readonly #markers = new Map<Key, { readonly entry: Entry }>();
  #unlisted = 0;
  #extended: ExtendsMember | undefined;

  constructor(content: JsonContent, { parsed, place, schema, hasKeysInside, choice }: Surroundings) {
    this.#choice = choice;
    this.#content = content;
    this.#parsed = parsed;
    this.#place = place;
    this.#schema = schema;
    this.#hasKeysInside = hasKeysInside;
    this.#values = new Array(schema.settings.size).fill(undefined);
  }

  read(root: JsonObject): DocumentResult {
    if (this.#parsed.file.text.trim() === '') this.#warnings.push(this.#blankWarning());
    for (const duplicate of this.#content.duplicates) this.#reportDuplicate(duplicate);
    const members = this.#choice ? this.#variants?.variants.get(this.#choice.name) : this.#schema.root;
    this.#readGroup(root, members, this.#start);
    if (this.#unlisted > 0) {
      const message = `has ${this.#unlisted} more problems, which are not listed`;
      this.#warnings.push(this.#place().issue('INVALID_VALUE', { start: 0, end: 1 }, message));
    }
    const entries = new FileEntries(this.#schema.settings, this.#values, this.#place);
    return {
      parsed: this.#parsed,
      ...(this.#markers.size === 0
        ? { entries, matched: entries }
        : { entries: new OverlaidEntries(() => entries, this.#markers) }),
      deprecated: this.#deprecated,
      unknown: this.#unknown,
      issues: this.#issues,
      warnings: this.#warnings,
      ...(this.#extended && { extended: this.#extended }),
    };
  }

  /** What the choice belongs to. */
  get #variants(): VariantParts | undefined {
    return this.#choice && variantsAt(this.#schema.root, this.#choice.group)?.parts;
  }

  /** The path of the group that the text contains. */
  get #start(): readonly string[] {
    return this.#choice ? segments(this.#choice.group) : [];
  }

  /** Reads the members of a group, of one that there was before where the schema has none at `path`. */
  #readGroup(values: JsonObject, group: Group | undefined, path: readonly string[]): void {
    const { open } = this.#schema;
    const isPlain = group !== undefined && this.#content.unsafe.length === 0;
    for (const name of isPlain ? takeScalars(values, group, this.#values) : Object.keys(values)) {
      const value = values[name];
      const child = open && group ? this.#memberOf(group, name, value) : group?.child(name);
      if (child === 'marker') continue;
      if (child instanceof Setting) {
        // The values of the configuration share a frozen list, instead of a copy.
        this.#values[child.index] = this.#doubt(child, value) ?? Object.freeze(value);
      } else if (child && isPlainObject(value)) this.#readGroup(value, child, [...path, name]);
      else if (child instanceof NamedGroups && child.isList) this.#readList(value, child, [...path, name]);
      else if (child) this.#refuse([...path, name], 'must be an object: it is a group of settings');
      else this.#readOther(value, [...path, name]);
    }
  }

  /** Reads a list, which replaces the one of the layers below. */
  #readList(value: unknown, list: NamedGroups, path: readonly string[]): void {
    if (Array.isArray(value)) {
      this.#markers.set(list.key, { entry: new FileEntry(list, [], this.#place) });
      this.#readGroup(Object.fromEntries(value.entries()), list, path);
      for (const [i, element] of value.entries()) {
        const member = isPlainObject(element) ? list.child(String(i)) : undefined;
        // An element without settings has its place in the list too.
        if (member && !this.#hasEntryIn(member)) this.#markers.set(member.key, { entry: this.#entry(member.key, {}) });
      }
    } else this.#refuse(path, wholeProblem({}));
  }

  #hasEntryIn(group: Group): boolean {
    return group.children.some((child) => {
      if (child instanceof Setting) return this.#values[child.index] !== undefined;
      return this.#markers.has(child.key) || this.#hasEntryIn(child);
    });
  }

  /** The child of a group; a group by name gets the names that the file gives. An empty member, or `null`, is a mark. */
  #memberOf(group: Group, name: string, value: unknown): Group | Setting | 'marker' | undefined {
    if (!(group instanceof NamedGroups) || memberNameProblem(group, name) !== undefined) return group.child(name);
    if (!isPlainObject(value) && (value !== null || group.isList)) {
      const key = childKey(group.key, name);
      return this.#schema.deprecated.keys.has(key) ? undefined : (group.child(name) ?? new Group(key, name, []));
    }
    const member = group.member(name);
    if (!isMark(value)) return member;
    this.#markers.set(member.key, { entry: this.#entry(member.key, value) });
    return 'marker';
  }

  /** Reads an unknown key. A name with a dot is not a path. */
  #readOther(value: unknown, path: readonly string[]): void {
    const name = path.at(-1) as string;
    const key = path.join('.');
    const isTop = path.length === this.#start.length + 1;
    if (name === RESERVED_NAME) this.#refuse(path, 'is a name that no setting may have');
    else if (key === this.#variants?.chooser.key) this.#refuse(path, 'chooses this file, and cannot be set in it');
    else if (name.includes('.') || name === '') this.#unknown.push(this.#unknownName(path));
    else {
      const setting = this.#schema.deprecated.keys.get(key);
      const isGroup = isPlainObject(value) && (this.#schema.deprecated.groups.has(key) || this.#hasKeysInside(key));
      if (setting) this.#deprecated.push({ setting, entry: this.#entry(key, value), name: key, instead: setting.key });
      else if (isGroup) this.#readGroup(value, undefined, path);
      else if (isTop && name === EXTENDS && this.#schema.mayExtend) this.#readExtends(value, path);
      else if (!isTop || (name !== '$schema' && name !== this.#schema.fileVersion?.member))
        this.#unknown.push(this.#unknownName(path, this.#entry(key, value)));
    }
  }

  #readExtends(value: unknown, path: readonly string[]): void {
    if (this.#choice) {
      this.#refuse(path, 'cannot be used in the file of a variant');
      return;
    }
    const paths = pathsIn(value);
    if (paths) this.#extended = new ExtendsMember(paths, this.#place);
    else this.#refuse([EXTENDS], 'must be the path of a file, or a list of paths');
  }

  #entry(key: Key, value: unknown): Entry {
    return this.#doubt({ key }, value) ?? new FileEntry({ key }, value, this.#place);
  }

  /** The problem that a value has in any format; `undefined` if it has none. */
  #doubt(setting: { readonly key: Key }, value: unknown): DoubtfulEntry | undefined {
    if (hasReservedName(value)) {
      const problem = `must not have a member called ${RESERVED_NAME}`;
      return new DoubtfulEntry(new FileEntry(setting, value, this.#place), problem);
    }
    return this.#content.unsafe.length === 0
      ? undefined
      : inexactEntry(setting.key, value, this.#content, this.#place());
  }

  /** The unknown name at `path`. Computes its line and column on access. */
  #unknownName(path: readonly string[], entry?: Entry): UnknownName {
    return new UnknownFileName(path, this.#place(), suggestionFor(path, this.#schema, this.#choice), entry);
  }

  #refuse(path: readonly string[], message: string): void {
    this.#list(this.#issues, () => {
      return this.#place().issue('INVALID_VALUE', this.#parsed.nodeAt(path), message, { key: path.join('.') });
    });
  }

  /** A file that was cut to nothing looks like one that never had a setting. */
  #blankWarning(): Issue {
    const suggestion = 'If it had settings, restore it before the next save; otherwise write `{}`.';
    return this.#place().issue('INVALID_VALUE', undefined, 'is empty, which counts as no settings', { suggestion });
  }

  #reportDuplicate({ path, firstOffset, offset }: DuplicateMember): void {
    const place = { start: offset, end: offset + 1 };
    const message = `is repeated here and at ${this.#place().at(firstOffset)}: the last one counts`;
    this.#list(this.#warnings, () =>
      this.#place().issue('INVALID_VALUE', place, message, { key: this.#shownKey([...this.#start, ...path]) }),
    );
  }

  /** Adds an issue, up to the limit: a file may have a million mistakes. */
  #list(listed: Issue[], issue: () => Issue): void {
    if (listed.length < MOST_LISTED) listed.push(issue());
    else this.#unlisted += 1;
  }

  /** The key of a path; names inside a sensitive setting are not shown. */
  #shownKey(path: readonly string[]): Key {
    for (let depth = 1; depth < path.length; depth++) {
      const key = path.slice(0, depth).join('.');
      const leaf = this.#schema.settings.get(key) ?? this.#schema.deprecated.keys.get(key);
      if (leaf?.sensitive) return key;
    }
    return path.join('.');
  }
}
