/** The data that the server sends to the page. Both sides are typed by this file, which imports nothing. */

/** A setting's entry in one layer. */
export interface Cell {
  readonly layer: string;
  /** The value on one line, shortened, redacted. */
  readonly text: string;
  readonly state: 'wins' | 'merged' | 'shadowed' | 'empty' | 'invalid';
  readonly location: string;
}

/** One row of the table. */
export interface Row {
  readonly key: string;
  readonly doc?: string;
  readonly text: string;
  readonly layer?: string;
  readonly location?: string;
  readonly redacted: boolean;
  readonly cells: readonly Cell[];
  /** Why the value cannot be used, or is in doubt. */
  readonly issue?: string;
  readonly warning?: string;
  /** Whether it is the row of a group by name or a list of groups; those of its members' settings follow. */
  readonly isGroup?: boolean;
}

/** An issue or a warning, redacted. */
export interface Problem {
  /** The setting to open. */
  readonly key?: string;
  readonly text: string;
}

/** The part of the state that does not belong to one setting. */
export interface Summary {
  readonly name: string;
  readonly location?: string;
  readonly fingerprint: string;
  /** Lowest first. */
  readonly layers: readonly string[];
  readonly issues: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Why the last reload was rejected; the old values stay in use. */
  readonly rejected?: string;
  readonly isWritable: boolean;
  /** Whether the store of the file layer keeps earlier versions. */
  readonly hasHistory: boolean;
}

export interface State extends Summary {
  readonly rows: readonly Row[];
  /** The last save, if it can be undone. */
  readonly saved?: LastSave;
}

/** The last save, which can be undone. */
export interface LastSave {
  /** The first setting that it changed. */
  readonly key: string;
  /** The revision of the diff that was saved. */
  readonly revision: string;
}

/** A live update: the rows that differ. */
export interface Update extends Summary {
  readonly rows: readonly Row[];
  /** The keys of all rows in their order, if a row was added or removed. */
  readonly keys?: readonly string[];
}

/** A candidate in full. */
export interface DetailCandidate extends Cell {
  readonly name: string;
  readonly raw?: string;
  readonly problem?: string;
  /** The values that it was computed from, each with its location. */
  readonly computedFrom?: readonly string[];
  /** The value of the setting without this entry, with its origin if that is another; or `no change`. */
  readonly without: string;
}

/** Everything about one setting. */
export interface Detail {
  readonly key: string;
  readonly doc?: string;
  readonly value: string;
  readonly redacted: boolean;
  readonly format?: string;
  readonly constraints: readonly string[];
  readonly variable?: string;
  readonly flag?: string;
  readonly atNextStart?: string;
  /** Where to change the entry that decides the value. */
  readonly change: string;
  readonly candidates: readonly DetailCandidate[];
  /** Lines to copy; absent for a sensitive setting. */
  readonly copies: readonly { readonly label: string; readonly text: string }[];
  /** The file layer's value as it is written there, for the edit box of an inspector that can write. */
  readonly fileText?: string;
}

/** Everything about a group by name or a list of groups. */
export interface GroupDetail {
  readonly key: string;
  readonly isList: boolean;
  readonly members: readonly Member[];
  /** The settings that a new member is asked for. */
  readonly fields: readonly Field[];
  /** The command that adds a member with secrets, which are not typed into the page. */
  readonly command: string;
}

/** A member of a group by name, or an element of a list. */
export interface Member {
  readonly key: string;
  readonly name: string;
  /** Where the layers give it, the highest first; for a removed member, where it is removed. */
  readonly locations: readonly string[];
  readonly isRemoved: boolean;
  /** What the file can change about it. */
  readonly actions: readonly MemberAction[];
  /** Why the file cannot remove it. */
  readonly obstacle?: string;
}

/**
 * `remove`: the member no longer exists. `unset`: the file loses what it has of the member, also the `null` that removes it;
 * what lower layers give counts again.
 */
export type MemberAction = 'remove' | 'unset';

/** A setting of a new member. */
export interface Field {
  /** The key inside the member. */
  readonly path: string;
  readonly doc?: string;
  readonly format: string;
  readonly constraints: readonly string[];
  /** The texts of an enumeration. */
  readonly options?: readonly string[];
  readonly defaultText?: string;
  /** With `*` for the name of the member. */
  readonly variable?: string;
  readonly isRequired: boolean;
  /** A secret is never typed into the page. */
  readonly isSensitive: boolean;
  /** The choices that it exists with. */
  readonly onlyWith: readonly FieldCondition[];
}

/** A choice of a group of variants: the path of its setting, and the variant. */
export interface FieldCondition {
  readonly path: string;
  readonly choice: string;
}

/** A change that the page asks for. */
export type EditRequest = SettingEdit | NewMember | MemberEdit;

/** The text that was typed for a setting; without it, the file loses the setting. */
export interface SettingEdit {
  readonly key: string;
  readonly text?: string;
}

/** A member to add, with the texts of its settings by their paths. */
export interface NewMember {
  readonly group: string;
  /** Absent for a list, which gets the member at its end. */
  readonly name?: string;
  readonly texts: Readonly<Record<string, string>>;
}

export interface MemberEdit {
  readonly member: string;
  readonly action: MemberAction;
}

/** One changed value. */
export interface Difference {
  readonly key: string;
  readonly before: string;
  readonly after: string;
  readonly from?: string;
  readonly to?: string;
  /** Whether the line stays in the file, without effect. */
  readonly isKept?: boolean;
}

export interface Diff {
  readonly revision: string;
  readonly changes: readonly Difference[];
  /** For each change without effect, the layer that overrides it. */
  readonly overridden: readonly string[];
  /** What else the save does to the file: migrate it, or fill one that is empty. */
  readonly notes: readonly string[];
  /** What becomes of the member that is added or removed. */
  readonly effects: readonly string[];
}

export interface Comparison {
  readonly name: string;
  readonly isSameFingerprint: boolean;
  readonly differences: readonly Difference[];
  /** The secrets of both sides, one of them without its keyed hash. */
  readonly notCompared: readonly string[];
}

/** One version of the file layer in its store. */
export interface Version {
  readonly revision: string;
  readonly by?: string;
  readonly at?: string;
  readonly note?: string;
  /** Absent if it cannot be compared with the version before it: one of them is not valid or no longer kept. */
  readonly changes?: readonly Difference[];
}

export interface Failure {
  readonly error: string;
  readonly code?: string;
}
