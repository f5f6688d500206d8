import type { ExpressionInputs } from './expression-inputs.ts';
import type { Key } from './key.ts';
import type { Entry, ExpressionPart, ExpressionScope, Origin } from './layer.ts';
import { NoResult } from './schema/reference.ts';
import type { Schema } from './schema/schema.ts';
import { type Setting, variableOf } from './schema/setting.ts';

/** Thrown where a computation needs a text that is not known yet. */
export const UNFINISHED: NoResult = new NoResult('has to be waited for');

/** The values of settings, each computed when it is asked for. */
interface SettingParts {
  partOf(key: Key): ExpressionPart;
  isSensitive(key: Key): boolean;
  /** Why a setting without a value cannot be referred to. */
  missing(key: Key): string;
}

interface ScopeOptions {
  readonly schema: Schema;
  readonly inputs: ExpressionInputs;
}

/** What the expression of one entry reads. */
export class EntryScope implements ExpressionScope {
  readonly parts: ExpressionPart[] = [];
  readonly #key: Key;
  readonly #settings: SettingParts;
  readonly #options: ScopeOptions;

  constructor(key: Key, settings: SettingParts, options: ScopeOptions) {
    this.#key = key;
    this.#settings = settings;
    this.#options = options;
  }

  get isSensitive(): boolean {
    // A setting may show the content of a file only if its declaration says so.
    const showsFiles = this.#options.schema.settings.get(this.#key)?.node.sensitive === false;
    const isSecret = ({ name, redacted }: ExpressionPart): boolean =>
      redacted && !(showsFiles && name.startsWith('file:'));
    return this.#settings.isSensitive(this.#key) || this.parts.some(isSecret);
  }

  setting(key: Key): unknown {
    return this.#addPart(this.#settings.partOf(key));
  }

  variable(name: string): string | undefined {
    return this.#addPart(this.#variablePart(name)) as string | undefined;
  }

  file(path: string): string | undefined {
    return this.#addPart(this.#filePart(path)) as string | undefined;
  }

  missing(key: Key): string {
    return this.#settings.missing(key);
  }

  resolved(scheme: string, name: string): unknown {
    const { part, problem } = this.#textPart(scheme, name);
    const value = this.#addPart(part);
    if (problem !== undefined) throw new NoResult(problem);
    return value;
  }

  #addPart(part: ExpressionPart): unknown {
    this.parts.push(part);
    return part.value;
  }

  #variablePart(name: string): ExpressionPart {
    const { inputs, schema } = this.#options;
    const value = inputs.variable(name);
    const origin: Origin = { layer: 'env', name, location: 'process.env' };
    return {
      name: `env:${name}`,
      redacted: isSecretVariable(name, schema),
      ...(value !== undefined && { value, origin }),
    };
  }

  #filePart(path: string): ExpressionPart {
    const file = this.#options.inputs.file(path);
    if ('problem' in file) throw new NoResult(`refers to ${path}, which ${file.problem}`);
    const { text, location } = file;
    const origin: Origin = { layer: 'file', name: path, location };
    return { name: `file:${path}`, redacted: true, ...(text !== undefined && { value: text, origin }) };
  }

  /** What the resolver of a scheme has for a name, with what it needs as the parts of it. */
  #textPart(scheme: string, name: string): { readonly part: ExpressionPart; readonly problem?: string } {
    const { inputs } = this.#options;
    const needs = inputs.needs(scheme).map((key) => this.#settings.partOf(key));
    const text = `${scheme}:${name}`;
    const part: ExpressionPart = { name: text, redacted: true, ...(needs.length > 0 && { computedFrom: needs }) };
    const missing = needs.find(({ value }) => value === undefined);
    if (missing) return { part, problem: `refers to ${text}, which needs ${missing.name}, and that has no value` };
    const result = inputs.text({ scheme, name, needs });
    if (result === undefined) throw UNFINISHED;
    if ('problem' in result) return { part, problem: `refers to ${text}, which ${result.problem}` };
    return { part: { ...part, value: result.value } };
  }
}

/**
 * Whether a variable gives a sensitive setting, a member of it or a whole member with one, by its present or a deprecated
 * name, or names its file.
 */
function isSecretVariable(name: string, schema: Schema): boolean {
  const { owned, secret, around, withMembers, longest } = variablesOf(schema);
  if (owned.has(name)) return secret.has(name);
  const given = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : name;
  if (secret.has(given) || around.has(given)) return true;
  for (let end = name.indexOf('__'); end >= 0 && end <= longest; end = name.indexOf('__', end + 1)) {
    if (withMembers.has(name.slice(0, end))) return true;
  }
  return false;
}

/** The variables of a schema, by their present and deprecated names. */
interface SchemaVariables {
  readonly owned: ReadonlySet<string>;
  /** Those that give a sensitive setting. */
  readonly secret: ReadonlySet<string>;
  /** Those of the groups, members and lists around a sensitive setting. */
  readonly around: ReadonlySet<string>;
  /** Those of sensitive settings that have members. */
  readonly withMembers: ReadonlySet<string>;
  /** The length of the longest of these. */
  readonly longest: number;
}

const schemaVariables = new WeakMap<Schema, SchemaVariables>();

function variablesOf(schema: Schema): SchemaVariables {
  const known = schemaVariables.get(schema);
  if (known) return known;
  const { settings, prefix, deprecated } = schema;
  const [owned, secret, withMembers] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const add = (variable: string | undefined, { sensitive, hasMembers }: Setting): void => {
    if (variable === undefined) return;
    owned.add(variable);
    if (sensitive) secret.add(variable);
    if (sensitive && hasMembers) withMembers.add(variable);
  };
  for (const setting of settings.values()) add(variableOf(setting, prefix), setting);
  for (const [variable, setting] of deprecated.variables) add(variable, setting);
  let longest = 0;
  for (const { length } of withMembers) longest = Math.max(longest, length);
  const around = new Set(
    [...secret].flatMap((one) => [...one.matchAll(/__/g)].map(({ index }) => one.slice(0, index))),
  );
  const variables = { owned, secret, around, withMembers, longest };
  schemaVariables.set(schema, variables);
  return variables;
}

/** An entry with the value that its expression computed, or without one if it is refused. */
export class ComputedEntry implements Entry {
  readonly value?: unknown;
  readonly json?: unknown;
  readonly raw?: string;
  readonly computedFrom: readonly ExpressionPart[];
  readonly #source: Entry;

  constructor(
    source: Entry,
    computedFrom: readonly ExpressionPart[],
    { value, json }: Pick<Entry, 'value' | 'json'> = {},
  ) {
    if (value !== undefined) this.value = value;
    if (json !== undefined) this.json = json;
    this.computedFrom = computedFrom;
    if (source.raw !== undefined) this.raw = source.raw;
    this.#source = source;
  }

  get written(): unknown {
    return this.#source.written;
  }

  get origin(): Origin {
    return this.#source.origin;
  }

  get frame(): string | undefined {
    return this.#source.frame;
  }
}
