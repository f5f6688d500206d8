import type { Definition, FileChange, Issue } from '../index.ts';

/** A change of the file; what a request gives has no old value. */
type Change = Pick<FileChange, 'key' | 'after'> & Partial<Pick<FileChange, 'before'>>;

/** Why an assistant may not write a value: it has a text that computes, which the old value does not have. */
export function computedTextProblem({ references, resolvers = {} }: Definition, change: Change): string | undefined {
  const { key, before, after } = change;
  const old = new Set(textsIn(before));
  const texts = textsIn(after).filter((text) => !old.has(text));
  if (references && texts.some((text) => text.includes('${')))
    return `${key} can't be given a text with \${ here: a reference could read variables and files`;
  // A list is also read from text with commas, or from JSON. A resolver must not be asked, even if its value is refused later.
  if (texts.flatMap(readings).some((text) => Object.hasOwn(resolvers, text.slice(0, Math.max(0, text.indexOf(':'))))))
    return `${key} can't be given a text of a resolver here: it could read any secret`;
  return undefined;
}

/** The same for what a draft would write: JSON text for a list or an object may spell a reference by escapes. */
export function computedTextIssue(definition: Definition, changes: readonly FileChange[]): Issue | undefined {
  const [message] = changes.flatMap((change) => {
    const { key, after, redacted } = change;
    // The question to the user would not show it.
    if (redacted && after !== undefined)
      return `${key} would be computed from a secret: it can't be given this value here`;
    return computedTextProblem(definition, change) ?? [];
  });
  return message === undefined ? undefined : { code: 'INVALID_VALUE', message };
}

/** What a setting may read in a text: the text itself, the elements of a list, the texts in JSON. */
function readings(text: string): readonly string[] {
  return [text, ...text.split(',').map((element) => element.trim()), ...textsInJson(text)];
}

function textsInJson(text: string): readonly string[] {
  try {
    return textsIn(JSON.parse(text));
  } catch {
    return [];
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
