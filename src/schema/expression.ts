import { isPlainObject, type JsonObject } from '../json/value.ts';
import type { Entry, Expression, ExpressionScope, Origin } from '../layer.ts';
import type { ExpressionSyntax, SchemeText } from './expression-syntax.ts';
import { NoResult, parseReferences, type Reference, type ReferencePart, referenceNames } from './reference.ts';

/** The longest text, all texts of a value together, and the most elements and members that references may expand to. */
const MOST_CHARACTERS = 65_536;
const MOST_IN_ALL = 1_048_576;
const MOST_VALUES = 10_000;

/** A value whose texts compute: `${data_dir}/logs`, `vault:kv/db#password`. */
export class TextExpression implements Expression {
  readonly #written: unknown;
  readonly #syntax: ExpressionSyntax;

  constructor(written: unknown, syntax: ExpressionSyntax) {
    this.#written = written;
    this.#syntax = syntax;
  }

  get names(): readonly string[] {
    const resolved = (text: string): boolean => this.#syntax.isResolved(text);
    const references = this.#syntax.hasReferences ? referenceNames : () => [];
    return [...new Set(textsIn(this.#written).flatMap((text) => (resolved(text) ? [text] : references(text))))];
  }

  get isResolved(): boolean {
    return this.#syntax.isResolved(this.#written);
  }

  evaluate(scope: ExpressionScope): unknown {
    return new Expansion(scope, this.#syntax).expanded(this.#written);
  }
}

/** An entry whose value has texts that compute. */
export class ExpressionEntry implements Entry {
  readonly expression: Expression;
  readonly written: unknown;
  readonly raw?: string;
  readonly #source: Pick<Entry, 'origin' | 'frame'>;

  constructor(source: Pick<Entry, 'origin' | 'frame' | 'raw'>, written: unknown, syntax: ExpressionSyntax) {
    this.written = written;
    this.expression = new TextExpression(written, syntax);
    if (source.raw !== undefined) this.raw = source.raw;
    this.#source = source;
  }

  get origin(): Origin {
    return this.#source.origin;
  }

  get frame(): string | undefined {
    return this.#source.frame;
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The expansion of one value, whose size is checked as it grows. */
class Expansion {
  readonly #scope: ExpressionScope;
  readonly #syntax: ExpressionSyntax;
  #characters = 0;
  #values = 0;

  constructor(scope: ExpressionScope, syntax: ExpressionSyntax) {
    this.#scope = scope;
    this.#syntax = syntax;
  }

  expanded(value: unknown): unknown {
    const text = typeof value === 'string' ? this.#syntax.schemeText(value) : undefined;
    if (typeof value === 'string' && (text || value.includes('${'))) {
      const result = text ? this.#resolved(text) : this.#references(value);
      this.#add(result);
      return result;
    }
    this.#addOne(value);
    if (Array.isArray(value)) return value.map((element) => this.expanded(element));
    return isPlainObject(value) ? this.#mapped(value) : value;
  }

  /** What the resolver has for a text; with `::` after its scheme, the text itself without one of the colons. */
  #resolved({ scheme, name: written }: SchemeText): unknown {
    const expanded = this.#references(written);
    const name = typeof expanded === 'string' ? expanded : String(expanded);
    return written.startsWith(':') ? scheme + name : this.#scope.resolved(scheme, name);
  }

  #references(text: string): unknown {
    return this.#syntax.hasReferences ? expandedText(parseReferences(text), this.#scope) : text;
  }

  #mapped(value: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.expanded(member)]));
  }

  #add(value: unknown): void {
    this.#addOne(value);
    if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) this.#add(member);
  }

  #addOne(value: unknown): void {
    this.#values++;
    if (typeof value === 'string') this.#characters += value.length;
    if (this.#values > MOST_VALUES) throw new NoResult(`must not expand to more than ${MOST_VALUES} values`);
    if (this.#characters > MOST_IN_ALL)
      throw new NoResult(`must not expand to more than ${MOST_IN_ALL} characters in all`);
  }
}

/** A text that is one reference has the type of its target; beside other text, the target becomes text. */
function expandedText(parts: readonly ReferencePart[], scope: ExpressionScope): unknown {
  const [first] = parts;
  if (parts.length === 1 && typeof first === 'object') return target(first, scope);
  let text = '';
  for (const part of parts) {
    text += typeof part === 'string' ? part : textOf(part, target(part, scope));
    if (text.length > MOST_CHARACTERS) throw new NoResult(`must not expand to more than ${MOST_CHARACTERS} characters`);
  }
  return text;
}

/** The value of a reference. A fallback counts where the target is absent, `null` or empty, as in a shell. */
function target({ kind, name, fallback }: Reference, scope: ExpressionScope): unknown {
  const value = kind === 'setting' ? scope.setting(name) : kind === 'env' ? scope.variable(name) : scope.file(name);
  const isAbsent = value === undefined || (fallback !== undefined && (value === null || value === ''));
  if (!isAbsent) return value;
  if (fallback) return expandedText(fallback, scope);
  if (kind === 'setting') throw new NoResult(scope.missing(name));
  throw new NoResult(
    kind === 'env'
      ? `refers to the variable ${name}, which is not set`
      : `refers to the file ${name}, which does not exist`,
  );
}

function textOf({ name }: Reference, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const what = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
  throw new NoResult(`refers to ${name} inside a text, but that is ${what}`);
}
