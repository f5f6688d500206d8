import { resolve } from 'node:path';
import type { Issue } from '../errors.ts';
import type { Entry, LayerName, Origin } from '../layer.ts';
import { SettingEntries } from '../schema/check.ts';
import { takesEmptyText } from '../schema/decode.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import { readsFile, variableOf } from '../schema/setting.ts';
import { shownPath } from '../stores/path.ts';
import { type Environment, originOf, type Variable } from './dotenv.ts';
import { type FilesResult, FilesWatch } from './files-watch.ts';
import { givenTwice, memberVariables, withMembers } from './member-variables.ts';
import { misspeltPrefix } from './misspelt-prefix.ts';
import { namedVariable, variableWholes } from './named-variables.ts';
import { namesNoFile, readSecret } from './secret-file.ts';
import type { DeprecatedEntry, SchemaView, Source, SourceResult } from './source.ts';
import { isServiceLink, unknownVariables } from './unknown-variables.ts';
import { membersByOwner, ownersOf } from './variable-owners.ts';
import { isMarkedWhole } from './whole-variables.ts';

/** What the sources of variables have in common. */
export interface VariableOptions {
  readonly schema: Schema;
  /** The folder that relative paths of secrets' files start from. */
  readonly cwd: string;
  /** Whether names are the same in upper and lower case, as on Windows. */
  readonly ignoreCase: boolean;
  /** Variables with the prefix that are not those of settings, such as one that moves the file. */
  readonly reserved: readonly string[];
}

/** The layer of the environment. Only the variables of settings, and those with the prefix, are read. */
export function envSource({ env, ...options }: VariableOptions & { readonly env: Environment }): Source {
  return variableSource({
    ...options,
    name: 'env',
    load: () => ({
      names: Object.keys(env),
      get: (name) => {
        const text = env[name];
        return text === undefined ? undefined : { name, text, location: 'process.env' };
      },
      isWhole: (variable) => isMarkedWhole(env, variable),
    }),
  });
}

/** The variables of one layer. */
interface VariableSet {
  readonly names: readonly string[];
  get(name: string): Variable | undefined;
  /** Whether a variable has the whole value of its setting: that of the process that started this one. */
  isWhole?(variable: Variable): boolean;
  readonly issues?: readonly Issue[];
  readonly warnings?: readonly Issue[];
  /** What messages call the file of the variables, if it does not exist. */
  readonly absent?: string;
}

interface VariableSourceOptions extends VariableOptions {
  readonly name: LayerName;
  /** The file that the variables are read from. */
  readonly path?: string;
  load(): VariableSet;
}

/** A source of variables, which are loaded at each read. */
export function variableSource(options: VariableSourceOptions): Source {
  const { name, path } = options;
  const read = (view?: SchemaView): FilesResult => {
    const variables = options.load();
    const schema = view?.schema ?? options.schema;
    const reader = new VariableReader({ ...options, schema }, variables);
    const result = reader.read();
    const { issues = [], warnings = [], absent } = variables;
    const files = path === undefined ? reader.files : [path, ...reader.files];
    const all = { ...result, issues, warnings: [...warnings, ...reader.warnings, ...(result.warnings ?? [])] };
    return { result: absent === undefined ? all : { ...all, absent }, files };
  };
  return { name, read: (view) => read(view).result, watch: (watching) => new FilesWatch(read, watching) };
}

const NO_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map();
const NO_OWNERS: ReadonlySet<string> = new Set();

/** What the variables of a layer may belong to. */
interface FoundSettings {
  readonly found: readonly (readonly [Setting, string])[];
  readonly taken: ReadonlySet<string>;
  /** The variables of the `Object`s and lists that variables name a member of. */
  readonly owners: ReadonlySet<string>;
}

interface NameOptions {
  readonly prefix: string | undefined;
  readonly ignoreCase: boolean;
}

/** The settings with one of these variables, in one pass: the names are few, and the settings may be many thousands. */
function settingsNamed(
  settings: readonly Setting[],
  names: ReadonlySet<string>,
  { prefix, ignoreCase }: NameOptions,
): readonly (readonly [Setting, string])[] {
  const found: [Setting, string][] = [];
  if (names.size === 0) return found;
  for (const setting of settings) {
    const variable = variableOf(setting, prefix);
    const name = ignoreCase ? variable?.toUpperCase() : variable;
    if (name !== undefined && names.has(name)) found.push([setting, name]);
  }
  return found;
}

/** Reads the entries of one layer's variables. */
class VariableReader {
  /** The secrets' files that variables name. */
  readonly files: string[] = [];
  readonly warnings: Issue[] = [];
  readonly #schema: Schema;
  readonly #cwd: string;
  readonly #layer: LayerName;
  readonly #variables: VariableSet;
  readonly #ignoreCase: boolean;
  /** The names as they were written, by the names they are looked up with. */
  #written: ReadonlyMap<string, string>;
  /** The prefix, where a variable begins with it: only then are names made of keys. */
  readonly #prefix: string | undefined;
  /** The names with the prefix that give no setting. */
  readonly #unclaimed: Set<string>;
  /** The settings that variables may give, with their names. */
  readonly #found: readonly (readonly [Setting, string])[];
  /** The variables of single members, by the variable of their `Object`. */
  readonly #members: ReadonlyMap<string, readonly string[]>;
  /** The variables that are those of a setting: none of them names a secret's file or a member of another setting. */
  readonly #taken: ReadonlySet<string>;
  readonly #reserved: readonly string[];
  /** Whether an entry is an empty text, which may be no value. */
  #hasEmpty = false;

  constructor({ schema, cwd, name, ignoreCase, reserved }: VariableSourceOptions, variables: VariableSet) {
    this.#schema = schema;
    this.#cwd = cwd;
    this.#layer = name;
    this.#variables = variables;
    this.#ignoreCase = ignoreCase;
    this.#reserved = reserved;
    this.#written = new Map(variables.names.map((written) => [this.#folded(written), written]));
    const names = [...this.#written.keys()];
    const { prefix } = schema;
    const start = this.#folded(`${prefix}_`);
    this.#unclaimed = new Set(prefix === undefined ? [] : names.filter((one) => one.startsWith(start)));
    for (const one of reserved) this.#unclaimed.delete(this.#folded(one));
    this.#prefix = this.#unclaimed.size > 0 ? prefix : undefined;
    if (schema.open) this.#written = this.#withMembersNamed(this.#written);
    const settings = this.#findSettings(NO_OWNERS);
    const free = [...this.#written.keys()].filter((one) => one.includes('__') && !settings.taken.has(one));
    const { found, taken, owners } = free.length === 0 ? settings : this.#findSettings(ownersOf(free));
    this.#found = found;
    this.#taken = taken;
    this.#members = free.length === 0 ? NO_MEMBERS : membersByOwner(free, owners);
  }

  #findSettings(possibleOwners: ReadonlySet<string>): FoundSettings {
    const names = [...this.#written.keys()];
    const ofFiles = names.filter((name) => name.endsWith('_FILE')).map((name) => name.slice(0, -'_FILE'.length));
    const wanted = new Set([...names, ...ofFiles, ...possibleOwners]);
    const options = { prefix: this.#prefix, ignoreCase: this.#ignoreCase };
    const found = settingsNamed(this.#schema.settings.values(), wanted, options);
    const deprecated = Array.from(
      this.#schema.deprecated.variables,
      ([name, setting]) => [setting, this.#folded(name)] as const,
    );
    const all = [...found, ...deprecated];
    const owners = all.flatMap(([{ hasMembers }, name]) => (hasMembers ? name : []));
    return { found, taken: new Set(all.map(([, name]) => name)), owners: new Set(owners) };
  }

  read(): SourceResult {
    const entries = new SettingEntries();
    for (const [setting, name] of this.#found) {
      const entry = this.#entry(setting, name);
      if (!entry) continue;
      entries.add(setting, entry);
      this.#hasEmpty ||= entry.raw === '';
    }
    const wholes = this.#schema.open ? this.#wholes() : [];
    for (const { key, entry } of wholes) entries.addUnknown(key, entry);
    const deprecated = [...this.#schema.deprecated.variables].flatMap(([name, setting]) =>
      this.#deprecatedEntry(setting, this.#folded(name)),
    );
    const folded = (name: string): string => this.#folded(name);
    const unclaimed = { schema: this.#schema, layer: this.#layer, variables: this.#unclaimedVariables(), folded };
    const hasOwnNamesOnly = deprecated.length === 0 && unclaimed.variables.length === 0 && wholes.length === 0;
    if (hasOwnNamesOnly && !this.#hasEmpty && this.#schema.deprecated.deprecated.length === 0)
      return { entries, plain: entries };
    return { entries, deprecated, ...unknownVariables(unclaimed), names: () => this.#suggestedNames() };
  }

  #wholes(): ReturnType<typeof variableWholes> {
    const read = <T>(name: string, entryOf: (variable: Variable) => T): T | undefined => {
      const variable = this.#variable(name);
      return variable && entryOf(variable);
    };
    return variableWholes(this.#schema, this.#unclaimed, {
      text: (name) => read(name, (variable) => new VariableEntry(variable, this.#layer)),
      file: (name) => read(name, (variable) => this.#fileEntry(variable)),
      twice: givenTwice,
    });
  }

  /**
   * Adds the members of groups by name that variables name: `EU` in `APP_DATABASES__EU__URL`. A variable that leads to a
   * member of another spelling is also found by that member's own.
   */
  #withMembersNamed(written: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const all = new Map(written);
    for (const name of this.#unclaimed) {
      const own = namedVariable(this.#schema, name);
      if (own === undefined) continue;
      const folded = this.#folded(own);
      if (all.has(folded)) continue;
      all.set(folded, written.get(name) as string);
      this.#unclaimed.delete(name);
      this.#unclaimed.add(folded);
    }
    return all;
  }

  /** A name as it is looked up: in upper case where case does not matter. */
  #folded(name: string): string {
    return this.#ignoreCase ? name.toUpperCase() : name;
  }

  #variable(name: string): Variable | undefined {
    const written = this.#written.get(name);
    return written === undefined ? undefined : this.#variables.get(written);
  }

  #nameOf(setting: Setting): string | undefined {
    const name = variableOf(setting, this.#prefix);
    return name === undefined ? undefined : this.#folded(name);
  }

  /** All names to suggest: with the reserved ones, and those that name files. */
  #suggestedNames(): readonly string[] {
    const names = this.#schema.settings.values().flatMap((setting) => {
      const name = this.#nameOf(setting);
      if (name === undefined) return [];
      return readsFile(setting) ? [name, `${name}_FILE`] : [name];
    });
    return [...names, ...this.#reserved];
  }

  #entry(setting: Setting, name: string): Entry | undefined {
    const direct = this.#variable(name);
    const file = readsFile(setting) ? this.#fileVariable(name) : undefined;
    this.#unclaimed.delete(name);
    if (file) this.#unclaimed.delete(this.#folded(file.name));
    const isLink = direct?.name.endsWith('_PORT') === true && isServiceLink(direct, this.#written);
    const isWhole = direct && setting.combines && this.#variables.isWhole?.(direct);
    const entry = direct && !isLink ? new VariableEntry(direct, this.#layer, isWhole) : undefined;
    const whole = file ? this.#secret(file, entry, setting) : entry;
    return setting.hasMembers ? this.#withMembers(setting, name, whole) : whole;
  }

  #deprecatedEntry(setting: Setting, name: string): readonly DeprecatedEntry[] {
    const entry = this.#entry(setting, name);
    if (!entry) return [];
    const written = entry.origin.name;
    const instead = variableOf(setting, this.#schema.prefix) ?? setting.key;
    const isFile = this.#folded(written) === `${name}_FILE`;
    return [{ setting, entry, name: written, instead: isFile ? `${instead}_FILE` : instead }];
  }

  #fileVariable(name: string): Variable | undefined {
    const fileName = `${name}_FILE`;
    return this.#taken.has(fileName) ? undefined : this.#variable(fileName);
  }

  /** The text of a mounted secret; its location is the secret's file. An empty variable names no file, and has no value. */
  #secret(variable: Variable, direct: Entry | undefined, setting: Setting): Entry | undefined {
    if (variable.text === '') {
      if (direct) return direct;
      if (!takesEmptyText(setting)) return new VariableEntry(variable, this.#layer);
      this.warnings.push(namesNoFile(setting.key, originOf(variable, this.#layer)));
      return undefined;
    }
    if (direct && direct.raw !== '')
      return { origin: direct.origin, problem: givenTwice(direct.origin.name, variable.name) };
    return this.#fileEntry(variable);
  }

  /** The text of the file that a variable names. */
  #fileEntry(variable: Variable): Entry {
    const origin = originOf(variable, this.#layer);
    const path = resolve(this.#cwd, variable.text);
    this.files.push(path);
    const secret = readSecret(path);
    if ('problem' in secret) return { origin, problem: secret.problem };
    return { origin: { ...origin, location: shownPath(path, this.#cwd) }, raw: secret.text };
  }

  /** Adds the members that `NAME__MEMBER` variables give to an `Object` or `Array`. */
  #withMembers(setting: Setting, name: string, whole: Entry | undefined): Entry | undefined {
    const named = this.#members.get(name);
    if (!named) return whole;
    const members = memberVariables(named, { name, setting, readsFiles: readsFile(setting) });
    return withMembers(members, whole, (member) => {
      const variable = this.#variable(member.name);
      if (!variable) return undefined;
      this.#unclaimed.delete(member.name);
      if (member.isFile && variable.text === '') return undefined;
      return member.isFile ? this.#fileEntry(variable) : new VariableEntry(variable, this.#layer);
    });
  }

  /** The variables that no setting took: those with the prefix, and those with a misspelt prefix. */
  #unclaimedVariables(): readonly Variable[] {
    const { prefix } = this.#schema;
    if (prefix === undefined) return [];
    const misspelt = [...this.#written.keys()].filter(
      (name) => !name.startsWith(`${prefix}_`) && misspeltPrefix(name, prefix) !== undefined && !this.#taken.has(name),
    );
    return [...new Set([...this.#unclaimed, ...misspelt])].flatMap((name) => this.#variable(name) ?? []);
  }
}

/** The entry of a variable. Its line is counted when `origin` is read. */
class VariableEntry implements Entry {
  readonly raw: string;
  readonly isWhole: boolean | undefined;
  readonly #variable: Variable;
  readonly #layer: LayerName;

  constructor(variable: Variable, layer: LayerName, isWhole?: boolean) {
    this.raw = variable.text;
    this.isWhole = isWhole;
    this.#variable = variable;
    this.#layer = layer;
  }

  get origin(): Origin {
    return originOf(this.#variable, this.#layer);
  }
}
