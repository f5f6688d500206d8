import {
  type Config,
  type Definition,
  describeSettings,
  type LoadOptions,
  loadConfig,
  type SettingDescription,
} from '../index.ts';
import { Draft } from './draft.ts';
import { type AssistantOptions, isAllowed } from './options.ts';

/** One configuration as it is served: what it is loaded from, and what an assistant wants to change of it. */
export class Session {
  readonly definition: Definition;
  readonly settings: ReadonlyMap<string, SettingDescription>;
  readonly draft: Draft = new Draft(() => this.load());
  readonly confirm: 'user' | 'client';
  readonly allowWrite: readonly string[];
  /** How a person changes a setting by hand. */
  readonly program: string;
  readonly #options: LoadOptions;

  constructor(definition: Definition, options: AssistantOptions) {
    const { allowWrite = [], confirm = 'user', program = 'varve', ...inputs } = options;
    this.definition = definition;
    this.settings = new Map(describeSettings(definition).map((setting) => [setting.key, setting]));
    this.allowWrite = allowWrite;
    this.confirm = confirm;
    this.program = program;
    this.#options = { ...inputs, invalid: 'report' };
  }

  /** The configuration as it is now; what is wrong with it is in its `issues`. */
  async load(): Promise<Config> {
    return await loadConfig(this.definition, this.#options);
  }

  /** Whether anything may be changed. */
  get canWrite(): boolean {
    return this.allowWrite.length > 0;
  }

  /** Why a setting may not be changed here, and what to do instead; `undefined` where it may. */
  refusal(key: string): string | undefined {
    if (this.settings.get(key)?.sensitive) {
      return `${key} is sensitive: it can't be changed here. The user can type: ${this.program} set ${key} --stdin`;
    }
    if (isAllowed(key, this.allowWrite)) return undefined;
    return `${key} may not be changed here, only ${this.allowWrite.join(', ')}. The user can type: ${this.program} set ${key} VALUE`;
  }
}

/** How many variables of the environment that the server was given name a setting. */
export function envSeen(config: Config): number {
  const seen = config
    .explainAll()
    .flatMap(({ candidates }) =>
      candidates.flatMap(({ layer, name, location }) => (layer === 'env' && location === 'process.env' ? name : [])),
    );
  return new Set(seen).size;
}
