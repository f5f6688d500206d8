import { type Config, ConfigError, type FileChange, rollback, type SaveResult, setAll } from '../index.ts';
import { Draft, type Preview } from '../mcp/draft.ts';
import { overrideWarnings } from '../words/override-warning.ts';
import { shownChanges } from '../words/shown-changes.ts';
import { printable, valueText } from '../words/values.ts';
import { additionTo, changeOfMember, effectsOn, type MemberChanges } from './member-changes.ts';
import type { Diff, Difference, EditRequest, MemberEdit, NewMember, SettingEdit, State } from './model.ts';

/** A save, the diff that it was made from, and the configuration that made it. */
interface UndoableSave {
  readonly revision: string;
  readonly config: Config;
  readonly result: SaveResult;
}

interface DraftOfMember {
  readonly edit: NewMember | MemberEdit;
  readonly changes: MemberChanges['changes'];
}

/** The largest text of a value, in characters. */
const LONGEST = 100_000;

/** Edits of the file layer: a draft, shown as a diff, saved only by the revision that was shown. */
export class FileEditor {
  readonly #draft: Draft;
  readonly #load: () => Promise<Config>;
  /** The edit of a whole member that the draft was made of, if it is one. */
  #members: DraftOfMember | undefined;
  #last: UndoableSave | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** `load` gives the configuration as it is now, with its issues. */
  constructor(load: () => Promise<Config>) {
    this.#load = load;
    this.#draft = new Draft(load, () => undefined);
  }

  /** The last save, if it can be undone. */
  get lastSaved(): Pick<State, 'saved'> {
    const [change] = this.#last?.result.written ?? [];
    return this.#last && change ? { saved: { key: change.key, revision: this.#last.revision } } : {};
  }

  /** The value of a setting as the file has it: `512MiB`, not a number of bytes. Throws `UNKNOWN_KEY`. */
  read(key: string): Promise<unknown> {
    return this.#inTurn(async () => fileValueOf(await this.#load(), key));
  }

  /** The diff of one edit against the file as it is now. Throws a {@link ConfigError}. */
  preview(edit: EditRequest): Promise<Diff> {
    return this.#inTurn(async () => {
      const config = await this.#load();
      this.#draft.clear();
      this.#members = undefined;
      if ('key' in edit) return this.#previewSetting(config, edit);
      const made = changesOf(config, edit);
      const { key, changes } = made;
      const preview = await this.#draft.add(changes);
      const secret = 'group' in edit && preview.changes.find(({ redacted }) => redacted);
      if (secret) {
        this.#draft.clear();
        throw sensitive(secret.key);
      }
      this.#members = { edit, changes };
      const effects = effectsOn(key, { before: config, after: preview.config, changes: preview.changes });
      return { ...diffOf(preview, { key, name: key }), effects };
    });
  }

  async #previewSetting(config: Config, { key, text }: SettingEdit): Promise<Diff> {
    const { redacted, candidates } = config.explain(key);
    if (redacted) throw sensitive(key);
    if (text !== undefined && text.length > LONGEST) throw refusal(key, `is longer than ${LONGEST} characters`);
    const name = candidates.find(({ layer }) => layer === 'file')?.name ?? key;
    return diffOf(await this.#draft.add([text === undefined ? { key } : { key, value: text }]), { key, name });
  }

  /** Saves the draft if it is still the diff of `revision`. Throws `CONFLICT` with both values otherwise. */
  save(revision: string): Promise<readonly Difference[]> {
    return this.#inTurn(async () => {
      const preview = await this.#draft.preview();
      if (preview.changes.length === 0) throw refusal(undefined, 'there is nothing to save');
      if (preview.revision !== revision) throw conflict(preview.changes);
      if (this.#members) requireSame(await this.#load(), this.#members);
      const { config } = preview;
      const result = await config.save({ by: 'varve ui' });
      this.#last = { revision, config, result };
      this.#draft.clear();
      return result.written.map(differenceOf);
    });
  }

  /**
   * Puts back the bytes of the file that the last save replaced. Throws `CONFLICT` if it was not that of `revision`, but of
   * another page, or if the file has changed since.
   */
  undo(revision: string): Promise<readonly Difference[]> {
    return this.#inTurn(async () => {
      if (!this.#last) throw refusal(undefined, 'there is nothing to undo');
      if (this.#last.revision !== revision) throw savedByAnother();
      const { config, result } = this.#last;
      const { written } = await rollback(config, result, { by: 'varve ui', note: 'undo' });
      this.#last = undefined;
      this.#draft.clear();
      return written.map(differenceOf);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** The value as it is written in the file: what a removal of the key would remove. */
function fileValueOf(config: Config, key: string): unknown {
  const { candidates, redacted } = config.explain(key);
  const file = candidates.find(({ layer }) => layer === 'file');
  if (!file || redacted) return undefined;
  const effective = file.raw ?? file.value;
  try {
    setAll(config, { [key]: undefined });
  } catch (error) {
    // A rule may forbid the removal.
    if (error instanceof ConfigError) return effective;
    throw error;
  }
  const removal = config.pending.find((change) => change.key === key);
  return removal ? removal.before : effective;
}

/** A setting, and the name by which the file sets it: its key or a deprecated name. */
interface FileName {
  readonly key: string;
  readonly name: string;
}

function diffOf({ config, changes, notes, revision }: Preview, file: FileName): Diff {
  return {
    revision,
    changes: shownChanges(changes).flatMap((change) => linesOf(change, file)),
    overridden: overrideWarnings(config, changes).map(printable),
    notes,
    effects: [],
  };
}

/** The lines of the file that a change adds, removes or leaves: a save adds the key beside a deprecated name, and removes both. */
function linesOf(change: FileChange, { key, name }: FileName): readonly Difference[] {
  const difference = differenceOf(change);
  if (change.key !== key || name === key) return [difference];
  if (change.after === undefined) return [{ ...difference, key: name }];
  const { before } = difference;
  return [
    { key: name, before, after: before, isKept: true },
    { ...difference, before: optionalText(undefined) },
  ];
}

export function differenceOf({ key, before, after }: FileChange): Difference {
  return { key, before: optionalText(before), after: optionalText(after) };
}

function optionalText(value: unknown): string {
  return value === undefined ? 'not set' : valueText(value);
}

/** The changes that an edit of a whole member makes now. */
function changesOf(config: Config, edit: NewMember | MemberEdit): MemberChanges {
  if ('member' in edit) return changeOfMember(config, edit);
  for (const [path, text] of Object.entries(edit.texts))
    if (text.length > LONGEST) throw refusal(`${edit.group}.${path}`, `is longer than ${LONGEST} characters`);
  return additionTo(config, edit);
}

/** Throws `CONFLICT` if another writer has added or removed members, so that the edit would mean another member. */
function requireSame(config: Config, { edit, changes }: DraftOfMember): void {
  let problem = 'members were added or removed';
  try {
    if (JSON.stringify(changesOf(config, edit).changes) === JSON.stringify(changes)) return;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problem = error.issues.map(({ key, message }) => `${key} ${message}`).join('; ');
  }
  throw changedByAnother(problem);
}

function sensitive(key: string): ConfigError {
  return refusal(key, 'is sensitive: set it with varve set KEY --stdin');
}

function refusal(key: string | undefined, message: string): ConfigError {
  return new ConfigError([{ code: 'INVALID_VALUE', message, ...(key !== undefined && { key }) }]);
}

function conflict(changes: readonly FileChange[]): ConfigError {
  const both = changes.map(
    ({ key, before, after }) => `${key}: the file has ${optionalText(before)}, you want ${optionalText(after)}`,
  );
  return changedByAnother(both.join('; '));
}

function savedByAnother(): ConfigError {
  const message = 'another page has saved since, and nothing was undone';
  return new ConfigError([
    { code: 'CONFLICT', message, suggestion: 'Load the page again and look at the new values.' },
  ]);
}

function changedByAnother(what: string): ConfigError {
  return new ConfigError([
    {
      code: 'CONFLICT',
      message: `the file was changed by another writer. ${what}. Nothing was saved`,
      suggestion: 'Look at the new values and preview the change again.',
    },
  ]);
}
