/** What a document says of each setting: plain JSON by dotted key. */
export type Said = ReadonlyMap<string, unknown>;

/** A change that is not saved. */
export interface ModelEdit {
  /** What the document said when it was made. */
  readonly base: unknown;
  readonly written: unknown;
}

/** One configuration, as it should be. */
export interface ModelConfig {
  /** The text that was read last. */
  text: string;
  read: Said;
  readonly edits: Map<string, ModelEdit>;
  readonly overrides: Map<string, unknown>;
}

/** A document on the disk; `undefined` for an unreadable one. */
export interface ModelDisk {
  said: Said | undefined;
}

/** All that is there. */
export interface Model {
  readonly disk: ModelDisk;
  readonly configs: readonly ModelConfig[];
}

/** Every setting, its default, what it may be, and what the environment says of it. */
export interface ModelSetting {
  readonly fallback: unknown;
  readonly values: readonly unknown[];
  readonly env?: unknown;
}

export const SETTINGS: Readonly<Record<string, ModelSetting>> = {
  a: { fallback: 1, values: [0, 7, 1, 12345] },
  b: { fallback: 'b', values: ['', 'ü "q"\n', 'plain'], env: 'from the environment' },
  list: { fallback: ['x'], values: [[], ['x'], ['y', 'z'], ['x', 'y']] },
  free: { fallback: {}, values: [{}, { p: 1 }, { p: 2, q: [1] }, { r: { s: null } }] },
  maybe: { fallback: null, values: [null, -4] },
  'group.c': { fallback: 0.5, values: [2, 0.25, 1e21] },
  'group.deep.d': { fallback: 'low', values: ['low', 'high'], env: 'high' },
  'group.deep.e': { fallback: false, values: [true, false] },
};
export const KEYS: readonly string[] = Object.keys(SETTINGS);

/** What a setting is, highest layer first. */
export function winning({ overrides, edits, read }: ModelConfig, key: string): unknown {
  const { fallback, env } = SETTINGS[key] as ModelSetting;
  const edit = edits.get(key);
  const file = edit ? edit.written : read.get(key);
  const said = [overrides.get(key), env, file, fallback].filter((value) => value !== undefined);
  return key === 'free' ? said.reduceRight<unknown>(merged, undefined) : said[0];
}

/** Objects are merged member by member, all else is replaced. */
function merged(below: unknown, above: unknown): unknown {
  if (!isObject(below) || !isObject(above)) return above;
  const members = Object.entries(above).map(([name, value]) => [name, merged(below[name], value)] as const);
  return { ...below, ...Object.fromEntries(members) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A document as an object. */
export function documentOf(said: Said): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const [key, value] of said) {
    const names = key.split('.');
    let group = document;
    for (const name of names.slice(0, -1)) {
      group[name] ??= {};
      group = group[name] as Record<string, unknown>;
    }
    group[names.at(-1) ?? ''] = value;
  }
  return document;
}

/** What a save makes of a document: the change of each key, or the keys that two writers changed. */
export function saved(
  said: Said,
  edits: ReadonlyMap<string, ModelEdit>,
  choice: 'fail' | 'mine' | 'theirs',
  isFull: boolean,
): { readonly said: Said; readonly changed: readonly string[] } | { readonly conflicts: readonly string[] } {
  const isIn = (key: string, value: unknown): boolean => same(said.get(key), value);
  const conflicts = [...edits].filter(([key, { base, written }]) => !isIn(key, base) && !isIn(key, written));
  if (choice === 'fail' && conflicts.length > 0) return { conflicts: conflicts.map(([key]) => key) };
  const left = new Set(choice === 'theirs' ? conflicts.map(([key]) => key) : []);
  const after = new Map(said);
  const changed = [...edits.keys()].filter((key) => !left.has(key));
  for (const key of changed) put(after, key, edits.get(key)?.written);
  return { said: isFull ? filled(after) : after, changed };
}

export function put(said: Map<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) said.delete(key);
  else said.set(key, value);
}

/** The document with every default that it does not list. */
export function filled(said: Said): Said {
  return new Map([
    ...said,
    ...KEYS.filter((key) => !said.has(key)).map((key) => [key, SETTINGS[key]?.fallback] as const),
  ]);
}

export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
