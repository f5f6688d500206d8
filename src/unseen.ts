import type { Issue } from './errors.ts';
import { unicodePattern } from './json/unicode-pattern.ts';
import type { Key } from './key.ts';
import type { SettingNode } from './schema/setting-node.ts';

/** Characters without a shape, those that turn the direction of a text, and spaces that look like another one. */
const unseen = unicodePattern('[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{DI}\u2800]|(?! )\\p{Zs}');

/**
 * Warnings about a character that a reader does not see: in the last name of a key, or in the names of variable and flag that a
 * node gives.
 */
export function unseenIn(key: Key, node?: Pick<SettingNode, 'env' | 'arg'>): readonly Issue[] {
  const names = node ? { '"env"': node.env, '"arg"': node.arg } : { name: key.slice(key.lastIndexOf('.') + 1) };
  return Object.entries(names).flatMap(([what, name]): readonly Issue[] => {
    const [character] = typeof name === 'string' ? (unseen().exec(name) ?? []) : [];
    if (character === undefined) return [];
    const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const message = `has the character U+${point} in its ${what}, which a reader does not see`;
    return [{ code: 'INVALID_DEFINITION', key, message }];
  });
}
