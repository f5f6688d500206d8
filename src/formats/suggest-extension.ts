import type { FileFormat } from './file-format.ts';

/** Which extension a file should have whose text is not valid JSON at `offset`; `undefined` if that is not clear. */
export function suggestExtension({ name }: FileFormat, text: string, offset: number): string | undefined {
  if (name !== 'JSON') return undefined;
  if (/^\/[/*]/.test(text.slice(offset, offset + 2))) return 'Rename the file to .jsonc: JSON has no comments.';
  const beginning = text.slice(0, 1_000).replace(/^\ufeff?(?:\s|#.*)*/, '');
  if (/^(?:\[[\w.-]+\]\s*[\r\n]|[\w.-]+[ \t]*=)/.test(beginning))
    return 'Rename the file to .toml: it looks like TOML.';
  if (/^(?:---|- |%YAML|[\w.-]+:(?:\s|$))/.test(beginning)) return 'Rename the file to .yaml: it looks like YAML.';
  return undefined;
}
