import { isPlainObject } from './json/value.ts';
import { REDACTED } from './layer.ts';
import { redactSecrets } from './secret-texts.ts';
import { spellings } from './spellings.ts';

/** A value of the same form with other content: a letter for each letter, a digit for each digit. */
export function disguise(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[a-z0-9]|\P{ASCII}/giu, otherCharacter);
  if (typeof value === 'number') return Number.isInteger(value) ? value + 1 : value * 1.5;
  if (Array.isArray(value)) return value.map(disguise);
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, disguise(member)]));
  return typeof value === 'object' && value !== null ? REDACTED : value;
}

/** Another one also in the other case and without an accent. */
function otherCharacter(character: string): string {
  if (!/[a-z0-9]/i.test(character)) return character === 'ж' ? 'я' : 'ж';
  const last = /[zZ9]/.test(character);
  return String.fromCharCode(character.charCodeAt(0) + (last ? -1 : 1));
}

/** How a message is found to be free of secrets. */
interface SecretWords<B> {
  /** The secrets that the rule saw. */
  readonly secrets: readonly unknown[];
  /** What the rule answers to other secrets. */
  readonly disguised: () => readonly B[];
  /** The message in place of one that depends on a secret. */
  readonly neutral: string;
  /** The text of the rule's function. */
  readonly source?: string;
}

/**
 * A rule sees secrets, and may put any form of them into its message: in upper case, a part, a hash. A message counts
 * only if the function has it word for word, or if it is the same with other secrets.
 */
export function withoutSecretWords<B extends { readonly message: string }>(
  breaks: readonly B[],
  { secrets, disguised, neutral, source = '' }: SecretWords<B>,
): readonly B[] {
  const isSafe = ({ message }: B): boolean => message === neutral || source.includes(message);
  if (breaks.every(isSafe)) return breaks;
  const others = new Set(disguised().map(({ message }) => redactedText(message, secrets.map(disguise))));
  return breaks.map((one) => {
    if (isSafe(one)) return one;
    const message = redactedText(one.message, secrets);
    return { ...one, message: others.has(message) ? message : neutral };
  });
}

/** A text that may quote secrets, without them. */
export function redactedText(text: string, secrets: readonly unknown[]): string {
  return redactSecrets(
    text,
    secrets.flatMap((secret) => [...spellings(secret)]),
  );
}
