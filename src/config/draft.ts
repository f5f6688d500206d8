import { ConfigError, type Issue, throwIssues } from '../errors.ts';
import { resolveSetting } from '../explain.ts';
import { isEqual, isPlainObject, type JsonObject, RESERVED_NAME, valueAt } from '../json/value.ts';
import { childKey, type Key, segments } from '../key.ts';
import { type Entry, jsonOf, type Layer, writtenJson } from '../layer.ts';
import { resolve } from '../resolve.ts';
import type { DecodeResult } from '../schema/decode.ts';
import { refusal } from '../schema/refusal.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import type { FileDocument } from '../sources/file-document.ts';
import type { Authorship } from '../stores/store.ts';
import { requireArgument } from '../wrong-arguments.ts';
import type { ConfigState } from './config-state.ts';
import type { DocumentEdit, KeyChange } from './edits.ts';
import { checkedEntry, type FileChanges, type SaveResult } from './file-changes.ts';
import { OpenDraft } from './open-draft.ts';
import { OpenChanges } from './open-keys.ts';
import { ownValue } from './own-value.ts';
import type { LayersWithSchema } from './setting-changes.ts';
import { type ExpressionChange, expressionsOf, PartOfExpression, writtenForm } from './written-form.ts';

/**
 * Changes the file layer by a function of a draft, as one atomic step: if another writer was faster, the function is
 * called again with a newer draft.
 */
export async function updateFile(
  changes: FileChanges,
  change: (draft: unknown) => void | Promise<void>,
  { name, ...authorship }: Authorship & { readonly name: string },
): Promise<SaveResult> {
  requireArgument(typeof change === 'function', 'update: needs a function that changes a draft', change);
  const { current, file } = changes;
  const what = `the update of ${name}`;
  const next = async (from: FileDocument): Promise<DocumentEdit> => {
    const layer = from === changes.document ? changes.layer.read : file.layerOf(from, current.below('file'));
    return file.edit(from, await draftedChanges(current, { file: layer, change, what }), 'mine');
  };
  return changes.write(next, authorship);
}

/** A tree that a program may change. Its objects have no prototype, so `__proto__` is an ordinary member. */
export type Draft = { [name: string]: unknown };

/** A mutable copy of frozen values; adds its objects and lists to `made`. */
function draftOf(values: unknown, made: object[]): unknown {
  if (typeof values !== 'object' || values === null || values instanceof RegExp) return values;
  if (Array.isArray(values)) {
    const list = values.map((value) => draftOf(value, made));
    made.push(list);
    return list;
  }
  const draft: Draft = Object.create(null);
  made.push(draft);
  for (const [name, value] of Object.entries(values)) draft[name] = draftOf(value, made);
  return draft;
}

interface DraftChange {
  /** The draft has the values of this file layer and of the layers below it. */
  readonly file: Layer;
  readonly change: (draft: unknown) => unknown;
  /** Names the changes in the title of an error. */
  readonly what: string;
}

/**
 * The changes that `change` makes in a draft. The draft has JSON values: for a `Map` or a `Date`, the JSON that it was made of.
 * Throws every issue.
 */
async function draftedChanges(
  current: ConfigState,
  { file, change, what }: DraftChange,
): Promise<readonly KeyChange[]> {
  const index = current.layers.findIndex(({ name }) => name === 'file');
  const given = [...current.given.slice(0, index), file];
  await current.prepare([given]);
  const { layers, schema } = current.compute(given);
  const values = resolve(schema, layers, jsonOf);
  const made: object[] = [];
  const draft = draftOf(values, made) as JsonObject;
  try {
    const returned = await change(draft);
    refuseGenerator(returned);
    const edits = new DraftEdits(current, { file, given, layers, schema, values, draft }).all(what);
    if (edits.length === 0) refuseReturned(returned, draft);
    return edits;
  } finally {
    // A later assignment, as in a timer, would have no effect: now it throws a `TypeError`.
    for (const each of made) Object.freeze(each);
  }
}

/** A draft after its change, and what it was made of. */
interface ChangedDraft extends LayersWithSchema {
  readonly file: Layer;
  /** The layers up to the file, before their expressions are computed. */
  readonly given: readonly Layer[];
  /** The values that the draft had. */
  readonly values: JsonObject;
  readonly draft: JsonObject;
}

/** Finds the edits that a change of a draft makes. */
class DraftEdits {
  readonly #current: ConfigState;
  readonly #changed: ChangedDraft;
  readonly #below: readonly Layer[];
  readonly #open: OpenDraft | undefined;
  readonly #choices: OpenChanges | undefined;
  /** The entries of the edits found so far. */
  readonly #entries = new Map<Key, Entry | undefined>();

  constructor(current: ConfigState, changed: ChangedDraft) {
    const { schema, given, layers } = changed;
    const { fullSchema } = current;
    this.#current = current;
    this.#changed = changed;
    this.#below = layers.slice(0, -1);
    this.#open = schema.open && new OpenDraft(fullSchema, this.#below);
    this.#choices =
      schema.open && new OpenChanges({ fullSchema, schema, given, compute: (all) => current.compute(all) }, 'file');
  }

  /** Throws every issue; `what` names the changes in the title. */
  all(what: string): readonly KeyChange[] {
    const { values, draft, file } = this.#changed;
    const edits: KeyChange[] = [...(this.#open?.removals(values, draft, file.entries) ?? [])];
    const issues: Issue[] = [];
    for (const key of this.#keys()) {
      try {
        if (this.#isChanged(key)) edits.push(this.#edit(key));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        issues.push(...error.issues);
      }
    }
    throwIssues(issues, `${what}; nothing was written`);
    return edits;
  }

  #keys(): Iterable<Key> {
    const { schema, draft } = this.#changed;
    const open = this.#open;
    const settings = open ? schema.settings.keys() : [];
    const keys = [...this.#current.keys(), ...settings, ...unknownKeys(draft, this.#current, schema)];
    return new Set(open ? keys.flatMap((key) => open.keysOf(key, draft)) : keys);
  }

  #before(key: Key): unknown {
    return valueAt(this.#changed.values, segments(key));
  }

  #after(key: Key): unknown {
    const { draft } = this.#changed;
    return this.#open ? this.#open.valueOf(key, draft) : valueAt(draft, segments(key));
  }

  #isChanged(key: Key): boolean {
    const after = this.#after(key);
    return !isEqual(after, this.#before(key)) || (after !== undefined && this.#open?.isWholly(key) === true);
  }

  /** The edit of a changed key. Throws `INVALID_VALUE` and `UNKNOWN_KEY`. */
  #edit(key: Key): KeyChange {
    const { file, schema } = this.#changed;
    const setting = schema.settings.get(key);
    const inFile = file.entries.get(key);
    const problem = file.problems.get(key);
    // The draft showed the value of a lower layer, as the file's entry is invalid: an edit would lose that entry.
    if (problem !== undefined) throw new ConfigError([refusal(key, problem, { entry: inFile ?? {}, setting })]);
    const base = writtenJson(inFile);
    const own = setting ? this.#ownValue(setting, base) : { value: this.#after(key) };
    if ('problem' in own)
      throw new ConfigError([refusal(key, own.problem, { entry: { value: this.#after(key) }, setting })]);
    const existing = this.#choices?.after(this.#entries, key) ?? schema;
    const place = { layer: 'file', location: '', schema: existing } as const;
    const entry = checkedEntry(this.#current, { key, value: own.value, ...place });
    this.#entries.set(key, entry);
    return { key, written: entry?.written, base };
  }

  /** The value to write for a setting, or why it cannot be written. */
  #ownValue(setting: Setting, own: unknown): DecodeResult {
    const { layers } = this.#changed;
    const syntax = this.#current.schema.syntaxOf?.('file');
    const [before, after] = [this.#before(setting.key), this.#after(setting.key)];
    const written = syntax && resolveSetting(setting, layers, expressionsOf(syntax));
    const form = syntax ? formOf({ written, before, after, isSecret: setting.sensitive, syntax }) : { value: after };
    if ('problem' in form) return form;
    const below = resolveSetting(setting, this.#below, jsonOf);
    return ownValue(setting, { before, after, form: form.value, own, below });
  }
}

/** The changed value as the file writes it, or why it cannot be written. */
function formOf(change: ExpressionChange): DecodeResult {
  try {
    return { value: writtenForm(change) };
  } catch (error) {
    if (!(error instanceof PartOfExpression)) throw error;
    return { problem: 'must be replaced by `set`, because the file writes it as one text that stands for a secret' };
  }
}

function refuseGenerator(returned: unknown): void {
  const { next } = Object(returned) as Partial<Iterator<unknown>>;
  const isGenerator =
    typeof next === 'function' && (Symbol.iterator in Object(returned) || Symbol.asyncIterator in Object(returned));
  if (isGenerator) throw new TypeError('update: the function is a generator, whose body does not run. Use a function.');
}

/** A function that returns new values instead of changing its draft would have no effect. */
function refuseReturned(returned: unknown, draft: JsonObject): void {
  if (!isPlainObject(returned) || isPartOf(draft, returned)) return;
  if (!Object.keys(returned).some((name) => Object.hasOwn(draft, name))) return;
  throw new TypeError(
    'update: the function returned an object, but did not change its draft. Change the draft instead.',
  );
}

/** Whether `value` is the draft, or an object inside it: an arrow function returns what it assigns to. */
function isPartOf(draft: unknown, value: unknown): boolean {
  if (draft === value) return true;
  if (typeof draft !== 'object' || draft === null) return false;
  return Object.values(draft).some((member) => isPartOf(member, value));
}

/** The keys of a draft that the schema does not have. */
function* unknownKeys(draft: object, current: ConfigState, schema: Schema, parent: Key = ''): Generator<Key> {
  const { settings, groups } = schema;
  for (const [name, value] of Object.entries(draft)) {
    const key = childKey(parent, name);
    const hasKeys = name !== RESERVED_NAME && (groups.has(key) || current.allows(key) === 'inside');
    if (hasKeys && typeof value === 'object' && value !== null) yield* unknownKeys(value, current, schema, key);
    else if (!settings.has(key)) yield key;
  }
}
