import type { Key } from '../key.ts';
import { type Setting, words } from './setting.ts';

/** The flag that gives a setting, without its dashes: its own `arg`, else the key in kebab case; or none. */
export function flagOf(setting: Setting): string | undefined {
  const { arg } = setting.node;
  if (arg === false) return undefined;
  return typeof arg === 'string' && arg !== '' ? arg : derivedFlag(setting.key);
}

/** Keys that are the flags that they give. */
const KEBAB = /^[a-z0-9.-]*$/;

export function derivedFlag(key: Key): string {
  if (KEBAB.test(key)) return key;
  return key.split('.').map(kebab).join('.');
}

/** A flag as it is typed: one letter after one dash, words after two. */
export function dashed(flag: string): string {
  return flag.length === 1 ? `-${flag}` : `--${flag}`;
}

function kebab(name: string): string {
  return words(name)
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}
