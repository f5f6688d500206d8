import type { Issue } from '../errors.ts';
import { shownName } from '../key.ts';
import type { LayerName } from '../layer.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import { derivedVariable, variableOf } from '../schema/setting.ts';
import { originOf, type Variable } from './dotenv.ts';
import { misspeltPrefix } from './misspelt-prefix.ts';
import { wholeOfFile } from './named-variables.ts';
import type { SourceResult, UnknownName } from './source.ts';

/** Variables that look like those of settings, but give none. */
export interface UnclaimedVariables {
  readonly schema: Schema;
  readonly layer: LayerName;
  /** Those with the prefix, and those with a misspelt prefix. */
  readonly variables: readonly Variable[];
  /** A name as it is compared: in upper case where case does not matter. */
  readonly folded: (name: string) => string;
}

/** Reports variables that give no setting, and warns once of those that Kubernetes sets by itself. */
export function unknownVariables(unclaimed: UnclaimedVariables): Pick<SourceResult, 'unknown' | 'warnings'> {
  const { variables, layer } = unclaimed;
  const remedies = new Remedies(unclaimed);
  const links: Variable[] = [];
  const unknown: UnknownName[] = [];
  for (const variable of variables) {
    const { name } = variable;
    const rightPrefix = remedies.withRightPrefix(name);
    if (rightPrefix === undefined && !remedies.hasPrefix(name)) continue;
    if (isServiceName(variable)) links.push(variable);
    else {
      const message = `${shownName(name)} matches no setting`;
      const suggestion = rightPrefix ?? remedies.of(name);
      unknown.push({ name, message, origin: originOf(variable, layer), suggestion });
    }
  }
  return { unknown, warnings: links.length === 0 ? [] : [serviceLinks(links, layer)] };
}

/** What to do about a variable that looks like that of a setting but does not give it. */
class Remedies {
  readonly #schema: Schema;
  readonly #folded: (name: string) => string;
  #known: ReadonlyMap<string, string> | undefined;
  #derived: ReadonlyMap<string, Setting> | undefined;
  #lastNames: ReadonlyMap<string, Setting> | undefined;
  #groups: ReadonlyMap<string, string> | undefined;
  #owners: ReadonlyMap<string, string> | undefined;

  constructor({ schema, folded }: UnclaimedVariables) {
    this.#schema = schema;
    this.#folded = folded;
  }

  hasPrefix(name: string): boolean {
    return this.#folded(name).startsWith(this.#folded(`${this.#schema.prefix}_`));
  }

  /** For a variable that gives no setting only because of its case or its prefix: `rl_lr` or `LR_LR` for `RL_LR`. */
  withRightPrefix(name: string): string | undefined {
    const { settings, prefix } = this.#schema;
    this.#known ??= new Map(
      settings
        .values()
        .flatMap((one) => variableOf(one, prefix) ?? [])
        .map((known) => [known.toUpperCase(), known]),
    );
    const start = misspeltPrefix(name, prefix ?? '') ?? '';
    const known = this.#known.get(`${prefix}${name.slice(start.length)}`.toUpperCase().replace(/[.-]/g, '_'));
    return known === undefined ? undefined : `Did you mean ${known}?`;
  }

  of(written: string): string | undefined {
    const name = this.#folded(written);
    const { settings, prefix } = this.#schema;
    this.#derived ??= new Map(
      settings.values().map((setting) => [this.#folded(derivedVariable(setting.key, prefix) ?? ''), setting]),
    );
    const setting = this.#derived.get(name);
    if (setting) {
      const own = variableOf(setting, prefix);
      return own === undefined
        ? `${setting.key} is not settable by the environment.`
        : `The variable of ${setting.key} is ${own}.`;
    }
    const member = this.#memberIn(name);
    if (member !== undefined) return `Did you mean ${member}?`;
    const inside = this.#firstInside(name, this.#derived);
    if (inside !== undefined) return `It is a group of settings: give them one by one, such as ${inside}.`;
    const deeper = this.#withLastName(name, this.#derived);
    if (deeper !== undefined) return `Did you mean ${deeper}?`;
    const base = name.endsWith('_FILE') ? this.#derived.get(name.slice(0, -'_FILE'.length)) : undefined;
    if (base) return `${base.key} reads ${name} only with envFile: true.`;
    const whole = wholeOfFile(this.#schema, name);
    return whole && `${whole.group.key} reads it only if one of its settings is sensitive or has envFile: true.`;
  }

  /** The variable of a member, for one that is written with one underscore behind the setting: `APP_LABELS_TEAM`. */
  #memberIn(name: string): string | undefined {
    const { settings, prefix } = this.#schema;
    this.#owners ??= new Map(
      settings
        .values()
        .filter(({ hasMembers }) => hasMembers)
        .flatMap((one) => variableOf(one, prefix) ?? [])
        .map((variable) => [this.#folded(variable), variable]),
    );
    for (const { index } of name.matchAll(/_/g)) {
      const owner = this.#owners.get(name.slice(0, index));
      const member = name.slice(index + 1);
      if (owner !== undefined && /^[A-Z0-9]/i.test(member) && member !== 'FILE') return `${owner}__${member}`;
    }
    return undefined;
  }

  /** The variable of the first setting whose last name is all that follows the prefix: that of `http.port` for `APP_PORT`. */
  #withLastName(name: string, derived: ReadonlyMap<string, Setting>): string | undefined {
    const { prefix = '' } = this.#schema;
    this.#lastNames ??= new Map(
      [...derived].reverse().flatMap(([one, setting]) => {
        const at = one.lastIndexOf('__');
        return at < 0 ? [] : [[one.slice(at + 2), setting] as const];
      }),
    );
    const setting = this.#lastNames.get(name.slice(prefix.length + 1));
    return setting && variableOf(setting, prefix);
  }

  /** The variable of the first setting in the group that a variable names. */
  #firstInside(name: string, derived: ReadonlyMap<string, Setting>): string | undefined {
    this.#groups ??= new Map(
      [...derived.keys()]
        .reverse()
        .flatMap((one) => [...one.matchAll(/__/g)].map(({ index }) => [one.slice(0, index), one] as const)),
    );
    return this.#groups.get(name);
  }
}

/** An address as Kubernetes writes it into `X_PORT`. */
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\/[\d.a-fA-F:[\]]+:\d+$/;

/** Whether Kubernetes sets a variable of this name, and this text, for a service of the same namespace. */
function isServiceName({ name, text }: Variable): boolean {
  if (/_SERVICE_HOST$|_SERVICE_PORT(?:_[A-Z0-9_]+)?$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(name))
    return true;
  return name.endsWith('_PORT') && SERVICE_ADDRESS.test(text);
}

/** Whether the variable `APP_PORT` of a setting holds the address of a service called `app`. */
export function isServiceLink({ name, text }: Variable, names: ReadonlyMap<string, string>): boolean {
  return SERVICE_ADDRESS.test(text) && names.has(`${name.slice(0, -'_PORT'.length)}_SERVICE_HOST`);
}

function serviceLinks(links: readonly Variable[], layer: LayerName): Issue {
  const [first, ...others] = links as readonly [Variable, ...Variable[]];
  return {
    code: 'UNKNOWN_KEY',
    message:
      others.length === 0
        ? `${first.name} comes from a Kubernetes service link`
        : `${first.name} and ${others.length} more come from Kubernetes service links`,
    suggestion: 'Set enableServiceLinks: false for the pod, or choose another envPrefix.',
    origin: originOf(first, layer),
  };
}
