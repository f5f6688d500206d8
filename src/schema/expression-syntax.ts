import { isPlainObject } from '../json/value.ts';
import type { LayerName } from '../layer.ts';

/** The parts of a schema that decide which texts compute values. */
interface ExpressionOptions {
  /** The layers whose texts may have references. */
  readonly references?: ReadonlySet<LayerName> | undefined;
  /** The schemes of the resolvers. */
  readonly schemes?: ReadonlySet<string> | undefined;
}

/** A text that a resolver is asked for: `vault:kv/db#password`. */
export interface SchemeText {
  readonly scheme: string;
  /** What follows the scheme. A colon at its beginning makes the text literal. */
  readonly name: string;
}

/** Which texts of one layer compute values: those with references, and those that begin with the scheme of a resolver. */
export class ExpressionSyntax {
  readonly hasReferences: boolean;
  readonly #schemes: ReadonlySet<string>;

  constructor(hasReferences: boolean, schemes: ReadonlySet<string>) {
    this.hasReferences = hasReferences;
    this.#schemes = schemes;
  }

  /** Whether a value has a text that computes, or one that is escaped. */
  has(value: unknown): boolean {
    return someText(value, (text) => this.#hasReference(text) || this.schemeText(text) !== undefined);
  }

  /** Whether a value has a text that a resolver is asked for. */
  isResolved(value: unknown): boolean {
    return someText(value, (text) => this.schemeText(text)?.name.startsWith(':') === false);
  }

  /** The scheme and the name of a text that begins with the scheme of a resolver. */
  schemeText(text: string): SchemeText | undefined {
    if (this.#schemes.size === 0) return undefined;
    const colon = text.indexOf(':');
    const scheme = text.slice(0, Math.max(0, colon));
    return this.#schemes.has(scheme) ? { scheme, name: text.slice(colon + 1) } : undefined;
  }

  /** A value whose texts mean themselves. */
  escaped(value: unknown): unknown {
    if (typeof value === 'string') return this.#escapedText(value);
    if (Array.isArray(value)) return value.map((element) => this.escaped(element));
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.escaped(member)]));
  }

  /** The regular expression of the texts, for a JSON Schema. */
  get pattern(): string {
    const schemes = [...this.#schemes].map((scheme) => scheme.replaceAll(/[.+]/g, '\\$&'));
    return [
      ...(this.hasReferences ? ['\\$\\{'] : []),
      ...(schemes.length > 0 ? [`^(${schemes.join('|')}):`] : []),
    ].join('|');
  }

  #hasReference(text: string): boolean {
    return this.hasReferences && text.includes('${');
  }

  #escapedText(text: string): string {
    const literal = this.hasReferences ? text.replaceAll('${', () => '$${') : text;
    const found = this.schemeText(literal);
    return found ? `${found.scheme}::${found.name}` : literal;
  }
}

const NO_SCHEMES: ReadonlySet<string> = new Set();

/** The syntax of a layer that has one of these names; `undefined` if its texts compute nothing. */
export function syntaxOf(
  { references, schemes = NO_SCHEMES }: ExpressionOptions,
  ...layers: readonly LayerName[]
): ExpressionSyntax | undefined {
  const hasReferences = references !== undefined && layers.some((layer) => references.has(layer));
  return hasReferences || schemes.size > 0 ? new ExpressionSyntax(hasReferences, schemes) : undefined;
}

function someText(value: unknown, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value);
  if (Array.isArray(value)) return value.some((element) => someText(element, test));
  return isPlainObject(value) && Object.values(value).some((member) => someText(member, test));
}
