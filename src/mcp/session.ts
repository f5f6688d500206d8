import { type Config, ConfigError, type Definition, LAYERS, type LoadOptions, loadConfig } from '../index.ts';
import { describeMember, describeSetting, describeSettings, type SettingDescription } from '../tools.ts';
import { stdinCommand } from '../words/by-hand.ts';
import { keyOfMember } from '../words/key-of-member.ts';
import { shellWord } from '../words/shell.ts';
import { computedTextIssue } from './computed-texts.ts';
import { tooLargeToShow } from './diff-lines.ts';
import { Draft } from './draft.ts';
import { type AssistantOptions, isAllowed } from './options.ts';

/** One configuration as it is served: its inputs, and the changes that an assistant has drafted. */
export class Session {
  readonly definition: Definition;
  /** The settings of the definition, of all variants; `*` stands for the names of groups by name. */
  readonly settings: ReadonlyMap<string, SettingDescription>;
  readonly draft: Draft = new Draft(
    () => this.load(),
    (preview) => tooLargeToShow(preview) ?? computedTextIssue(this.definition, preview.changes),
  );
  readonly confirm: 'user' | 'client';
  readonly allowWrite: readonly string[];
  /** How a person changes a setting by hand. */
  readonly program: string;
  readonly #options: LoadOptions;
  #unreadable: AbortController = new AbortController();
  readonly #loaded: Definition;
  #turns: Promise<unknown> = Promise.resolve();

  constructor(definition: Definition, options: AssistantOptions) {
    const { allowWrite = [], confirm = 'user', program = 'varve', ...inputs } = options;
    this.definition = definition;
    this.settings = new Map(describeSettings(definition).map((setting) => [setting.key, setting]));
    this.allowWrite = allowWrite;
    this.confirm = confirm;
    this.program = program;
    this.#options = { ...inputs, invalid: 'report', onWarning: false };
    // A question must not create the file.
    this.#loaded = { ...definition, create: false };
    this.#requireMatches();
  }

  /** The configuration as it is now, with its `issues`. */
  async load(): Promise<Config> {
    return await loadConfig(this.#loaded, this.#options);
  }

  /** The same with the file above all other layers: every change of the file is one of its values. */
  async loadFileOnTop(): Promise<Config> {
    const { layers = LAYERS } = this.definition;
    const onTop = [...layers.filter((layer) => layer !== 'file'), 'file'] as const;
    return await loadConfig({ ...this.#loaded, layers: onTop }, this.#options);
  }

  /** Changes the draft one call after the other, so that each sees the result of the one before. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  /** Aborts when a message of the client can't be read, which may have been its answer to a question. */
  get unreadable(): AbortSignal {
    return this.#unreadable.signal;
  }

  /** Ends the questions that wait for an answer. */
  failQuestions(): void {
    this.#unreadable.abort();
    this.#unreadable = new AbortController();
  }

  /** Resolves once no change or save is running. */
  async idle(): Promise<void> {
    await this.#turns;
  }

  /** Whether anything may be changed. */
  get canWrite(): boolean {
    return this.allowWrite.length > 0;
  }

  /** Why a setting may not be changed or removed here, and what to do instead; `undefined` if it may. */
  refusal(key: string, isRemoval: boolean): string | undefined {
    const unset = isRemoval ? `${this.program} unset ${shellWord(key)}` : undefined;
    if (this.#hasSecret(key)) {
      return `${key} is sensitive: it can't be changed here. The user can type: ${unset ?? stdinCommand(this.program, this.definition, key)}`;
    }
    if (isAllowed(key, this.allowWrite)) return undefined;
    return `${key} may not be changed here, only ${this.allowWrite.join(', ')}. The user can type: ${unset ?? `${this.program} set ${shellWord(key)} VALUE`}`;
  }

  /** Whether a key is that of a secret, or of a member of a group by name that has one. */
  #hasSecret(key: string): boolean {
    const setting = this.settings.get(key) ?? describeSetting(this.definition, key);
    if (setting) return setting.sensitive;
    return describeMember(this.definition, key).some(({ sensitive }) => sensitive);
  }

  /** A pattern that matches no setting is a mistake, unless the definition allows settings that it does not have. */
  #requireMatches(): void {
    if (this.definition.unknown === 'allow') return;
    const keys = [...this.settings.keys()];
    const issues = this.allowWrite
      .filter((pattern) => !keys.some((key) => isAllowed(keyOfMember(key, withoutStars(pattern)), [pattern])))
      .map((pattern) => ({
        code: 'UNKNOWN_KEY' as const,
        message: `the pattern ${JSON.stringify(pattern)} matches no setting`,
      }));
    const [first, ...others] = issues;
    if (first) throw new ConfigError([first, ...others], { title: 'the settings that may be changed' });
  }

  /** How many variables in the server's environment name a setting, or the file of a secret. */
  envSeen(config: Config): number {
    // Several variables may give the members of one value.
    const seen = config
      .explainAll()
      .flatMap(({ candidates }) => candidates.flatMap(({ layer, name }) => (layer === 'env' ? name.split(', ') : [])));
    return new Set(seen).size;
  }
}

/** A pattern with a name in each place: `databases.eu.*` → `databases.eu.`. */
function withoutStars(pattern: string): string {
  return pattern.replaceAll('*', '');
}
