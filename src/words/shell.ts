/** A word for a POSIX shell. It means the same in zsh, which replaces `=ls` by a path, and in fish, which reads `\` in quotes. */
export function shellWord(word: string): string {
  const quoted = word.replace(/['\\]/g, (character) => `'\\${character}'`);
  return /^(?!=)[\w@%+=:,./-]+$/.test(word) ? word : `'${quoted}'`;
}
