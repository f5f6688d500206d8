import type { Issue } from '../errors.ts';
import { didYouMean, type Key } from '../key.ts';
import type { Entry, Origin } from '../layer.ts';
import { takesEmptyText } from '../schema/decode.ts';
import { deprecatedNames, derivedVariable, variableOf } from '../schema/names.ts';
import type { Schema, Setting } from '../schema/setting.ts';
import { type DotenvOptions, readDotenv, type Variable } from './dotenv.ts';
import { type Former, withFormer } from './former.ts';
import { memberPath } from './member-path.ts';
import { readSecret } from './secret.ts';
import type { Source, SourceResult } from './source.ts';
import { Variables } from './variables.ts';

/** How the environment is read. */
export interface EnvOptions extends DotenvOptions {
  /** Variables with the prefix that match no setting are issues instead of warnings. */
  readonly strict?: boolean | undefined;
  /** Names are the same in large and small letters, as on Windows. */
  readonly ignoreCase?: boolean | undefined;
}

/** The layer of the environment: real variables over those of `.env` files. Of the rest, nothing is looked at. */
export function envSource(options: EnvOptions): Source {
  return { name: 'env', read: (schema) => readEnv(schema, options) };
}

function readEnv(schema: Schema, options: EnvOptions): SourceResult {
  const files = readDotenv(options);
  const variables = new Variables(options.env, files.variables, options.ignoreCase === true);
  const reader = new VariableReader(schema, options.cwd, variables);
  const { entries, warnings } = withFormer(schema, reader.entries(), reader.formers());
  const strangers = reader.strangers(options.strict ? 'INVALID_VALUE' : 'UNKNOWN_KEY');
  return {
    entries,
    issues: [...files.issues, ...(options.strict ? strangers : [])],
    warnings: [...files.warnings, ...warnings, ...(options.strict ? [] : strangers)],
  };
}

class VariableReader {
  readonly #schema: Schema;
  readonly #cwd: string;
  readonly #variables: Variables;
  /** The names of all variables there are. */
  readonly #given: ReadonlySet<string>;
  /** The names that begin with the prefix and that no setting has asked for yet. */
  readonly #unclaimed = new Set<string>();
  readonly #hasPrefixed: boolean;
  /** The names that may be those of an `Object`'s member. */
  readonly #nested: readonly string[];
  /** Whether there may be names of secrets' files. */
  readonly #hasFiles: boolean;
  /** The settings that a variable may give by the names that it had before. */
  readonly #former: readonly (readonly [Setting, string])[];
  #known: ReadonlySet<string> | undefined;

  constructor(schema: Schema, cwd: string, variables: Variables) {
    this.#schema = schema;
    this.#cwd = cwd;
    this.#variables = variables;
    const names = [...variables.names()];
    this.#given = new Set(names);
    const start = schema.prefix === undefined ? undefined : variables.folded(`${schema.prefix}_`);
    if (start !== undefined) for (const name of names) if (name.startsWith(start)) this.#unclaimed.add(name);
    this.#hasPrefixed = this.#unclaimed.size > 0;
    this.#nested = names.filter((name) => name.includes('__'));
    this.#hasFiles = names.some((name) => name.endsWith(this.#fileName('')));
    this.#former = [...deprecatedNames(schema).variables].map(
      ([name, leaf]) => [leaf, variables.folded(name)] as const,
    );
  }

  entries(): ReadonlyMap<Key, Entry> {
    const entries = new Map<Key, Entry>();
    for (const leaf of this.#schema.settings.values()) {
      const name = this.#nameOf(leaf);
      const entry = name !== undefined && this.#mayBeGiven(leaf, name) ? this.#entry(leaf, name) : undefined;
      if (entry) entries.set(leaf.key, entry);
    }
    return entries;
  }

  /** What variables say that have a former name. */
  formers(): readonly Former[] {
    return this.#former.flatMap(([leaf, name]) => {
      const entry = this.#entry(leaf, name);
      if (!entry) return [];
      const written = entry.origin.name;
      const now = variableOf(leaf, this.#schema.prefix) ?? leaf.key;
      const isFile = this.#variables.folded(written) === this.#fileName(name);
      return { leaf, entry, name: written, now: isFile ? `${now}_FILE` : now };
    });
  }

  /** The variables with the prefix that no setting has asked for. */
  strangers(code: Issue['code']): readonly Issue[] {
    return [...this.#unclaimed].flatMap((name) => {
      const variable = this.#variables.get(name);
      if (!variable) return [];
      const suggestion = this.#suggestion(name) ?? didYouMean(variable.name, this.#names());
      const message = `${variable.name} matches no setting`;
      return [{ code, message, origin: originOf(variable), ...(suggestion !== undefined && { suggestion }) }];
    });
  }

  /** The variable of a setting. Names are derived only if some variable has the prefix. */
  #nameOf(leaf: Setting): string | undefined {
    const name = variableOf(leaf, this.#hasPrefixed ? this.#schema.prefix : undefined);
    return name === undefined ? undefined : this.#variables.folded(name);
  }

  #names(): readonly string[] {
    return this.#schema.settings.values().flatMap((leaf) => this.#nameOf(leaf) ?? []);
  }

  /** All names that settings have now or had before: no secret's file and no member of another setting has one of them. */
  get #taken(): ReadonlySet<string> {
    this.#known ??= new Set([...this.#names(), ...this.#former.map(([, name]) => name)]);
    return this.#known;
  }

  /** Most settings are given by none of the few variables there are. */
  #mayBeGiven(leaf: Setting, name: string): boolean {
    if (this.#given.has(name) || (leaf.merges && this.#nested.length > 0)) return true;
    return this.#hasFiles && this.#given.has(this.#fileName(name));
  }

  #entry(leaf: Setting, name: string): Entry | undefined {
    const fileName = this.#fileName(name);
    const found = this.#hasFiles ? this.#variables.get(fileName) : undefined;
    const file = found && this.#taken.has(fileName) ? undefined : found;
    for (const claimed of file ? [name, fileName] : [name]) this.#unclaimed.delete(claimed);
    const direct = this.#variables.get(name);
    const entry = direct && says(leaf, direct.text) ? new VariableEntry(direct) : undefined;
    const whole = file && file.text !== '' ? this.#secret(leaf, file, entry) : entry;
    return leaf.merges ? this.#withMembers(leaf, name, whole) : whole;
  }

  #fileName(name: string): string {
    return `${name}_FILE`;
  }

  /** What a mounted secret says. Its location is the secret's file: that is where the value stands. */
  #secret(leaf: Setting, variable: Variable, direct: Entry | undefined): Entry | undefined {
    if (direct) {
      const names = `${placeOf(direct.origin)} and ${placeOf(originOf(variable))}`;
      return { origin: direct.origin, problem: `must not be given by both ${names}` };
    }
    const secret = readSecret(variable.text, this.#cwd);
    if ('problem' in secret) return { origin: originOf(variable), problem: secret.problem };
    if (!says(leaf, secret.text)) return undefined;
    return { origin: { layer: 'env', name: variable.name, location: secret.location }, raw: secret.text };
  }

  /** Adds what `NAME__MEMBER` variables give to an `Object`. */
  #withMembers(leaf: Setting, name: string, whole: Entry | undefined): Entry | undefined {
    const start = `${name}__`;
    const members = new Map<string, string>();
    const origins: Origin[] = whole ? [whole.origin] : [];
    for (const candidate of this.#nested) {
      if (!candidate.startsWith(start) || this.#taken.has(candidate)) continue;
      const path = memberPath(candidate.slice(start.length), leaf.default);
      const variable = path === undefined ? undefined : this.#variables.get(candidate);
      if (path === undefined || !variable) continue;
      this.#unclaimed.delete(candidate);
      members.set(path, variable.text);
      origins.push(originOf(variable));
    }
    if (members.size === 0 || whole?.problem !== undefined) return whole;
    const raw = [...members].map(([member, text]) => `${member}=${text}`).join(' ');
    return { origin: joined(origins), members, raw, ...(whole?.raw !== undefined && { parts: [whole.raw] }) };
  }

  /** What to do about a name that is derived from a key, but is not the variable of that setting. */
  #suggestion(name: string): string | undefined {
    const { settings, prefix } = this.#schema;
    for (const leaf of settings.values()) {
      if (leaf.node.env === undefined || this.#variables.folded(derivedVariable(leaf.key, prefix) ?? '') !== name)
        continue;
      const own = variableOf(leaf, prefix);
      return own === undefined
        ? `${leaf.key} is not settable by the environment.`
        : `The variable of ${leaf.key} is ${own}.`;
    }
    return undefined;
  }
}

/** An empty variable says nothing, unless an empty text or an empty list is a value of the setting. */
function says(leaf: Setting, text: string): boolean {
  return text !== '' || takesEmptyText(leaf);
}

/** What a variable says. Its line is looked for when somebody asks. */
class VariableEntry implements Entry {
  readonly raw: string;
  readonly #variable: Variable;

  constructor(variable: Variable) {
    this.raw = variable.text;
    this.#variable = variable;
  }

  get origin(): Origin {
    return originOf(this.#variable);
  }
}

function originOf({ name, location }: Variable): Origin {
  return { layer: 'env', name, location };
}

/** All variables that took part, as one origin. */
function joined(origins: readonly Origin[]): Origin {
  const locations = new Set(origins.map(({ location }) => location));
  return { layer: 'env', name: origins.map(({ name }) => name).join(', '), location: [...locations].join(', ') };
}

function placeOf({ name, location }: Origin): string {
  return location === 'process.env' ? name : `${name} (${location})`;
}
