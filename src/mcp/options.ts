import type { LoadOptions } from '../index.ts';

/** How a configuration is served to an assistant. */
export interface AssistantOptions extends Pick<LoadOptions, 'argv' | 'cwd' | 'env' | 'file'> {
  /**
   * Patterns of the keys that may be changed: `*` matches within one name, `**` any part of a key. Each must match a
   * setting. Default: none, and the tools that change something are absent.
   */
  readonly allowWrite?: readonly string[];
  /**
   * Who confirms a save: the `user`, asked by the client, or the `client` itself by calling the tool. Default: `user`.
   */
  readonly confirm?: 'user' | 'client';
  /** The command by which a person changes a setting. Default: `varve`. */
  readonly program?: string;
}

export function isAllowed(key: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(pattern, key));
}

/** A regular expression would try every way to divide the key among several `**`. */
function matches(pattern: string, key: string): boolean {
  let ends: ReadonlySet<number> = new Set([0]);
  for (const part of pattern.split(/(\*\*|\*)/)) ends = endsOf(part, key, ends);
  return ends.has(key.length);
}

/** Where a part of a pattern can end in a key if it begins at one of `starts`. */
function endsOf(part: string, key: string, starts: ReadonlySet<number>): ReadonlySet<number> {
  if (part !== '*' && part !== '**') {
    return new Set([...starts].filter((at) => key.startsWith(part, at)).map((at) => at + part.length));
  }
  const ends = new Set<number>();
  let hasBegun = false;
  for (let at = 0; at <= key.length; at += 1) {
    hasBegun ||= starts.has(at);
    if (hasBegun) ends.add(at);
    if (part === '*' && key[at] === '.') hasBegun = false;
  }
  return ends;
}
