/** Why an expression has no result: a clause that follows the name of the setting. */
export class NoResult extends Error {
  readonly problem: string;
  /** The end of the clause, which may quote values: it is left out where one of them is sensitive. */
  readonly detail: string;

  /** Of any copy of the library: a derived default of another one throws its own. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    const { problem, detail } = Object(error) as Partial<NoResult>;
    return typeof problem === 'string' && typeof detail === 'string';
  }

  constructor(problem: string, detail = '') {
    super(problem);
    this.problem = problem;
    this.detail = detail;
  }
}

/** A reference in a text: `${other.key}`, `${env:HOME}`, `${file:/run/secrets/token}`, `${a:-b}`. */
export interface Reference {
  readonly kind: 'setting' | 'env' | 'file';
  readonly name: string;
  readonly fallback?: readonly ReferencePart[];
}

/** A literal text or a reference. */
export type ReferencePart = string | Reference;

const MOST_REFERENCES = 100;
const MOST_NESTED = 10;

/** The parts of a text; `$${` is a literal `${`. Throws `NoResult` for a reference that is not closed or has no name. */
export function parseReferences(text: string): readonly ReferencePart[] {
  return new ReferenceParser(text).parts();
}

/** What a text refers to; nothing if it is not well formed. */
export function referenceNames(text: string): readonly string[] {
  try {
    return parseReferences(text).flatMap(namesIn);
  } catch (error) {
    if (!(error instanceof NoResult)) throw error;
    return [];
  }
}

function namesIn(part: ReferencePart): readonly string[] {
  if (typeof part === 'string') return [];
  const { kind, name, fallback = [] } = part;
  return [kind === 'setting' ? name : `${kind}:${name}`, ...fallback.flatMap(namesIn)];
}

class ReferenceParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #count = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The parts up to the end of the text, or of the fallback that they are in. */
  parts(): readonly ReferencePart[] {
    const parts: ReferencePart[] = [];
    let literal = '';
    while (this.#at < this.#text.length && !(this.#depth > 0 && this.#text[this.#at] === '}')) {
      if (this.#take('$${')) literal += '${';
      else if (this.#take('${')) {
        if (literal !== '') parts.push(literal);
        literal = '';
        parts.push(this.#reference());
      } else {
        literal += this.#text[this.#at];
        this.#at += 1;
      }
    }
    if (literal !== '' || parts.length === 0) parts.push(literal);
    return parts;
  }

  #reference(): Reference {
    this.#count += 1;
    this.#depth += 1;
    if (this.#count > MOST_REFERENCES) throw new NoResult(`must not have more than ${MOST_REFERENCES} references`);
    if (this.#depth > MOST_NESTED) throw new NoResult(`must not nest references deeper than ${MOST_NESTED} levels`);
    const written = /(?:(?!:-)[^}])*/y;
    written.lastIndex = this.#at;
    const [name = ''] = written.exec(this.#text) ?? [];
    this.#at += name.length;
    const fallback = this.#take(':-') ? this.parts() : undefined;
    if (!this.#take('}')) throw new NoResult('has a reference without its "}"; $$ before { makes it literal');
    this.#depth -= 1;
    return { ...targetOf(name.trim()), ...(fallback && { fallback }) };
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }
}

function targetOf(written: string): Pick<Reference, 'kind' | 'name'> {
  const [, prefix, name = ''] = /^(?:(env|file):)?(.*)$/s.exec(written) ?? [];
  if (name === '' || name.includes('${')) throw new NoResult('has a reference without a name');
  return { kind: prefix === 'env' || prefix === 'file' ? prefix : 'setting', name };
}
