import { type Config, type Definition, describeSettings } from '../../index.ts';

const REDACTED = '********';

/** A shorter text is likely to occur in output by chance. */
const SHORTEST_SECRET = 4;

/** Replaces the secrets of one configuration in text. */
export class Redaction {
  readonly #secrets: readonly string[];

  constructor(definition: Definition, config: Config) {
    const secrets = describeSettings(definition)
      .filter(({ sensitive }) => sensitive)
      .flatMap(({ key }) => textsIn(config.get(key)));
    // The longest first: a secret may contain another one.
    this.#secrets = [...new Set(secrets)].toSorted((a, b) => b.length - a.length);
  }

  get isNeeded(): boolean {
    return this.#secrets.length > 0;
  }

  redact(text: string): string {
    return this.#secrets.reduce((redacted, secret) => redacted.replaceAll(secret, REDACTED), text);
  }

  /** How many characters at the end of a text may be the beginning of a secret. */
  heldBack(text: string): number {
    return Math.max(0, ...this.#secrets.map((secret) => overlap(text, secret)));
  }
}

/** The texts in a secret value: a list or an object may hold several. */
function textsIn(value: unknown): readonly string[] {
  if (value === undefined || value === null || typeof value === 'boolean') return [];
  const texts = typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [String(value)];
  return texts.filter((text) => text.length >= SHORTEST_SECRET);
}

/** The length of the longest end of `text` that `secret` begins with; the whole secret does not count. */
function overlap(text: string, secret: string): number {
  for (let length = Math.min(text.length, secret.length - 1); length > 0; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
