import type { Issue } from '../errors.ts';
import { isPlainObject } from '../json/value.ts';
import { didYouMean, type Key } from '../key.ts';
import type { Entry, Origin } from '../layer.ts';
import { takesEmptyText } from '../schema/decode.ts';
import type { Leaf, Schema } from '../schema/leaf.ts';
import { upperSnake, variableOf } from '../schema/names.ts';
import { type DotenvOptions, readDotenv, type Variable } from './dotenv.ts';
import { readSecret } from './secret.ts';
import type { Reading, Source } from './source.ts';

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

function readEnv(schema: Schema, options: EnvOptions): Reading {
  const { variables, issues, warnings } = readDotenv(options);
  for (const [name, text] of Object.entries(options.env)) {
    if (text !== undefined) variables.set(name, { name, text, location: 'process.env' });
  }
  const reader = new VariableReader(schema, options, variables);
  const entries = reader.entries();
  return { entries, issues: [...issues, ...reader.issues], warnings: [...warnings, ...reader.warnings] };
}

class VariableReader {
  readonly issues: Issue[] = [];
  readonly warnings: Issue[] = [];
  readonly #schema: Schema;
  readonly #options: EnvOptions;
  readonly #variables: ReadonlyMap<string, Variable>;
  /** The names that begin with the prefix and that no setting has asked for yet. */
  readonly #unclaimed: Set<string>;

  constructor(schema: Schema, options: EnvOptions, variables: ReadonlyMap<string, Variable>) {
    this.#schema = schema;
    this.#options = options;
    this.#variables = new Map([...variables].map(([name, variable]) => [this.#folded(name), variable]));
    const start = schema.prefix === undefined ? undefined : this.#folded(`${schema.prefix}_`);
    this.#unclaimed = new Set(
      [...this.#variables.keys()].filter((name) => start !== undefined && name.startsWith(start)),
    );
  }

  entries(): ReadonlyMap<Key, Entry> {
    const named = this.#named();
    for (const name of named.values()) this.#unclaimed.delete(name);
    const taken = new Set(named.values());
    const entries = new Map<Key, Entry>();
    for (const [leaf, name] of named) {
      const entry = this.#entry(leaf, name, taken);
      if (entry) entries.set(leaf.key, entry);
    }
    this.#reportUnclaimed(taken);
    return entries;
  }

  /** The settings that a variable may give, with its name. Names are derived only if some variable has the prefix. */
  #named(): ReadonlyMap<Leaf, string> {
    const prefix = this.#unclaimed.size > 0 ? this.#schema.prefix : undefined;
    const named = new Map<Leaf, string>();
    for (const leaf of this.#schema.leaves.values()) {
      const name = variableOf(leaf, prefix);
      if (name !== undefined) named.set(leaf, this.#folded(name));
    }
    return named;
  }

  #entry(leaf: Leaf, name: string, taken: ReadonlySet<string>): Entry | undefined {
    const direct = this.#variables.get(name);
    const fileName = this.#folded(`${name}_FILE`);
    const file = taken.has(fileName) ? undefined : this.#variables.get(fileName);
    if (file) this.#unclaimed.delete(fileName);
    if (direct && file && file.text !== '') {
      return { origin: originOf(direct), problem: `must not be given by both ${direct.name} and ${file.name}` };
    }
    const entry = file && file.text !== '' ? this.#secret(file) : directEntry(leaf, direct);
    return leaf.merges ? (this.#withMembers(leaf, name, entry) ?? entry) : entry;
  }

  /** The text of a mounted secret. Its location is the secret's file: that is where the value stands. */
  #secret(variable: Variable): Entry {
    const secret = readSecret(variable.text, this.#options.cwd);
    const origin: Origin = { layer: 'env', name: variable.name, location: variable.text };
    return 'text' in secret ? { origin, raw: secret.text } : { origin: originOf(variable), problem: secret.problem };
  }

  /** Adds what `NAME__MEMBER` variables give to an `Object`. */
  #withMembers(leaf: Leaf, name: string, whole: Entry | undefined): Entry | undefined {
    const start = `${name}__`;
    const members = new Map<string, string>();
    let origin = whole?.origin;
    for (const [candidate, variable] of this.#variables) {
      if (!candidate.startsWith(start) || candidate.length === start.length) continue;
      this.#unclaimed.delete(candidate);
      members.set(memberPath(candidate.slice(start.length), leaf.default), variable.text);
      origin = originOf(variable);
    }
    if (!origin || members.size === 0) return undefined;
    const raw = [...members].map(([member, text]) => `${member}=${text}`).join(' ');
    return { ...whole, origin, members, raw, ...(whole?.raw !== undefined && { parts: [whole.raw] }) };
  }

  #reportUnclaimed(taken: ReadonlySet<string>): void {
    for (const name of this.#unclaimed) {
      const variable = this.#variables.get(name);
      if (!variable) continue;
      const suggestion = didYouMean(variable.name, taken);
      const code = this.#options.strict ? 'INVALID_VALUE' : 'UNKNOWN_KEY';
      const issue: Issue = {
        code,
        message: `${variable.name} matches no setting`,
        origin: originOf(variable),
        ...(suggestion !== undefined && { suggestion }),
      };
      (this.#options.strict ? this.issues : this.warnings).push(issue);
    }
  }

  #folded(name: string): string {
    return this.#options.ignoreCase ? name.toUpperCase() : name;
  }
}

/** An empty variable says nothing, unless an empty text or an empty list is a value of the setting. */
function directEntry(leaf: Leaf, variable: Variable | undefined): Entry | undefined {
  if (!variable || (variable.text === '' && !takesEmptyText(leaf))) return undefined;
  return { origin: originOf(variable), raw: variable.text };
}

function originOf({ name, location }: Variable): Origin {
  return { layer: 'env', name, location };
}

/** `MAX_NORM` names the member `maxNorm` if the default has one, else `max_norm`; `__` goes a level down. */
function memberPath(name: string, sample: unknown): string {
  let known = sample;
  const path = name.split('__').map((part) => {
    const names = isPlainObject(known) ? Object.keys(known) : [];
    const found = names.find((member) => upperSnake(member) === part.toUpperCase()) ?? part.toLowerCase();
    known = isPlainObject(known) ? known[found] : undefined;
    return found;
  });
  return path.join('.');
}
