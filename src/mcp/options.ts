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
