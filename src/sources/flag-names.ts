import { isNearMiss } from '../key.ts';
import { nearest } from '../near-names.ts';
import { dashed, flagOf } from '../schema/flag-name.ts';
import { namedSetting, type OpenWhole, openWhole } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import { variableOf } from '../schema/setting.ts';

/** The setting that a flag gives, or the member of an `Object` setting. */
export interface FlagMeaning {
  readonly setting: Setting;
  /** The dotted path of the member. */
  readonly member?: string;
  /** Given by `--no-x`. */
  readonly negated?: true;
  /** Given by a deprecated name of the setting. */
  readonly isDeprecated?: true;
}

/** The flags of a schema. Keys are looked up first, so that few programs ever need all names computed. */
export class FlagNames {
  readonly #schema: Schema;
  #byFlag: ReadonlyMap<string, Setting> | undefined;
  #longest: number | undefined;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** What the flag `name` means; `undefined` for an unknown flag. */
  meaning(name: string): FlagMeaning | undefined {
    const meaning = this.#given(name);
    if (meaning || !name.startsWith('no-')) return meaning;
    const negated = this.#given(name.slice('no-'.length));
    return negated && isSwitch(negated.setting) ? { ...negated, negated: true } : undefined;
  }

  /** What a flag means that is not negated. */
  #given(name: string): FlagMeaning | undefined {
    return this.#setting(name) ?? this.#member(name, (prefix) => this.#setting(prefix)) ?? this.#named(name);
  }

  /** The member of a group by name, or the list, that `name` is the key of. */
  whole(name: string): OpenWhole | undefined {
    return this.#schema.open && openWhole(this.#schema.root, name.split('.'));
  }

  /** A setting of a group by name, which may get a new member. */
  #named(name: string): FlagMeaning | undefined {
    const { open, root } = this.#schema;
    const found = open && namedSetting(root, name.split('.'));
    if (!found || found.setting.node.arg === false) return undefined;
    const { setting, rest } = found;
    if (rest.length === 0) return { setting };
    return setting.hasMembers ? { setting, member: rest.join('.') } : undefined;
  }

  /**
   * What to write instead of an unknown flag that names a group, a member of one, the negation of a value, or the
   * variable of a setting.
   */
  remedy(name: string): string | undefined {
    const flag = this.#flagOfVariable(name);
    if (flag !== undefined) return `Did you mean ${dashed(flag)}?`;
    if (name.startsWith('no-') && this.#given(name.slice('no-'.length)))
      return `--no- is for settings that are true or false: write --${name.slice('no-'.length)}=VALUE.`;
    const [group = ''] = name.split('.', 1);
    const inside = this.long().filter((flag) => flag.startsWith(`--${group}.`));
    if (inside.length === 0) return this.#misspeltNegation(name) ?? this.#misspeltOwner(name);
    if (group === name) return `It is a group of settings: give them one by one, such as ${inside[0]}.`;
    const near = nearest(
      name.slice(group.length + 1),
      inside.map((flag) => flag.slice(group.length + 3)),
    );
    return near === undefined
      ? `The settings of ${group} are given by ${listed(inside)}.`
      : `Did you mean --${group}.${near}?`;
  }

  /** The flag of the setting whose variable is given as a flag: `--APP_LR`, `--app-lr`. */
  #flagOfVariable(name: string): string | undefined {
    const { prefix } = this.#schema;
    const variable = asVariable(name);
    if (prefix === undefined || !variable.startsWith(asVariable(`${prefix}_`))) return undefined;
    for (const [flag, setting] of this.#flags())
      if (asVariable(variableOf(setting, prefix) ?? '') === variable) return flag;
    return undefined;
  }

  /** The flag of a setting before a colon, as in `port:80`, which is not a flag itself. */
  beforeColon(name: string): string | undefined {
    const [before = ''] = name.split(':', 1);
    return this.meaning(before) ? before : undefined;
  }

  /** Words that begin with "no" are many: without a sign of a negation, only the exact name of a switch counts. */
  #misspeltNegation(name: string): string | undefined {
    const [, sign = '', rest = ''] = /^no([-_]?)(.+)/i.exec(name) ?? [];
    const isMarked = sign !== '' || /^[A-Z]/.test(rest);
    const flag = this.#switches().find((known) =>
      isMarked ? isNearMiss(rest, known) : rest.toLowerCase() === known.toLowerCase(),
    );
    return flag === undefined ? undefined : `Did you mean --no-${flag}?`;
  }

  /** A member under a misspelt setting or group: `lables.team`; or one that is not written as a member: `labels-team`. */
  #misspeltOwner(name: string): string | undefined {
    const [, first = '', rest = ''] = /([^.[]+)[.[](.+)/s.exec(name) ?? [];
    const member = rest.replace(/^["']|["']?\]$/g, '');
    const near = this.#owners().find((owner) => isNearMiss(first, owner));
    if (near !== undefined) {
      const isGroup = this.long().some((flag) => flag.startsWith(`--${near}.`));
      return isGroup ? this.remedy(`${near}.${member}`) : `Did you mean --${near}.${member}?`;
    }
    const lower = name.toLowerCase();
    const meant = this.#owners()
      .filter((owner) => lower.startsWith(owner.toLowerCase()) && /^[-_]./.test(name.slice(owner.length)))
      .map((owner) => `${owner}.${name.slice(owner.length + 1)}`)
      .find((flag) => this.meaning(flag));
    return meant === undefined ? undefined : `Did you mean --${meant}?`;
  }

  /** The names of the flags that may stand alone. */
  #switches(): readonly string[] {
    return [...this.#flags()].flatMap(([flag, setting]) => (isSwitch(setting) && flag.length > 1 ? flag : []));
  }

  /** What a member or a setting can be inside of: the flags of settings with members, and groups. */
  #owners(): readonly string[] {
    const settings = [...this.#flags()].flatMap(([flag, { hasMembers }]) => (hasMembers ? flag : []));
    const groups = this.long().flatMap((flag) => (flag.includes('.') ? flag.slice(2, flag.indexOf('.')) : []));
    return [...new Set([...settings, ...groups])];
  }

  /** What the key in `--set key=value` means. */
  keyMeaning(key: string): FlagMeaning | undefined {
    return this.#byKey(key) ?? this.#member(key, (prefix) => this.#byKey(prefix)) ?? this.#named(key);
  }

  /** Every flag of more than one letter as it is typed. */
  long(): readonly string[] {
    const keys = this.#schema.settings
      .values()
      .filter(({ node }) => typeof node.arg === 'string')
      .map(({ key }) => key);
    return [...this.#flags().keys(), ...keys].filter((name) => name.length > 1).map(dashed);
  }

  /** Every key that `--set` takes. */
  keys(): readonly string[] {
    return this.#schema.settings
      .values()
      .filter(({ node }) => node.arg !== false)
      .map(({ key }) => key);
  }

  #setting(name: string): FlagMeaning | undefined {
    const known = this.#byKey(name);
    if (known) return known;
    const setting = this.#flags().get(name);
    if (setting) return { setting };
    const renamed = this.#schema.deprecated.flags.get(name);
    return renamed && { setting: renamed, isDeprecated: true };
  }

  #byKey(key: string): FlagMeaning | undefined {
    const { settings, deprecated } = this.#schema;
    const known = settings.get(key);
    const setting = known ?? deprecated.keys.get(key);
    if (setting === undefined || setting.node.arg === false) return undefined;
    return known ? { setting } : { setting, isDeprecated: true };
  }

  #member(name: string, meaningOf: (prefix: string) => FlagMeaning | undefined): FlagMeaning | undefined {
    for (const { index } of name.matchAll(/\.|\["/g)) {
      if (index > this.#longestObject()) break;
      const meaning = meaningOf(name.slice(0, index));
      if (meaning?.setting.hasMembers) return { ...meaning, member: name.slice(index).replace(/^\./, '') };
    }
    return undefined;
  }

  /** The length of the longest name of a setting with members. */
  #longestObject(): number {
    if (this.#longest === undefined) {
      const deprecated = this.#schema.deprecated;
      this.#longest = 0;
      const own = this.#schema.settings.values().map((setting) => [setting.key, setting] as const);
      for (const [name, { hasMembers }] of [...own, ...this.#flags(), ...deprecated.keys, ...deprecated.flags]) {
        if (hasMembers && name.length > this.#longest) this.#longest = name.length;
      }
    }
    return this.#longest;
  }

  #flags(): ReadonlyMap<string, Setting> {
    this.#byFlag ??= new Map(
      this.#schema.settings.values().flatMap((setting) => {
        const flag = flagOf(setting);
        return flag === undefined ? [] : [[flag, setting] as const];
      }),
    );
    return this.#byFlag;
  }
}

/** A name as it is compared with variables. */
function asVariable(name: string): string {
  return name.toUpperCase().replace(/[._-]+/g, '_');
}

const MOST_LISTED = 5;

function listed(flags: readonly string[]): string {
  return [...flags.slice(0, MOST_LISTED), ...(flags.length > MOST_LISTED ? ['…'] : [])].join(', ');
}

/** Whether the flag may stand alone: its setting is true or false. */
export function isSwitch({ format, default: sample }: Setting): boolean {
  return format.text === 'boolean' || (format.text === 'open' && typeof sample === 'boolean');
}
