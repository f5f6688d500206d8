/** What `VARVE_WHOLE` lists for a variable. It has a hash of the text: a child may change the variable. */
export function wholeMark(name: string, text: string): string {
  return `${name}:${hashOf(text)}`;
}

/** Whether the marks of `VARVE_WHOLE` list a variable with this text. */
export function isMarkedWhole(
  marks: string,
  { name, text }: { readonly name: string; readonly text: string },
): boolean {
  return marks.split(' ').includes(wholeMark(name, text));
}

/** FNV-1a of 32 bits: it tells a changed text, and is too short to tell a secret. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}
