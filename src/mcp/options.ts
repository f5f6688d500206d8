import type { LoadOptions } from '../index.ts';

/** How a configuration is served to an assistant. */
export interface AssistantOptions extends Pick<LoadOptions, 'argv' | 'cwd' | 'env' | 'file'> {
  /**
   * The settings that may be changed, by patterns of their keys: `*` is any part of one name, `**` any part of a key.
   * None unless given: there are no tools that change anything then.
   */
  readonly allowWrite?: readonly string[];
  /**
   * Who confirms what is saved: the `user`, whom the client asks; or the `client` itself, by calling the tool. `user`
   * unless given.
   */
  readonly confirm?: 'user' | 'client';
  /** How a person changes a setting by hand: `varve` unless given. */
  readonly program?: string;
}

/** Whether a key matches one of the patterns. */
export function isAllowed(key: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => regExpOf(pattern).test(key));
}

function regExpOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^.]*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}
