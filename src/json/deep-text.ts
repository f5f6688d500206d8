const [QUOTE, BACKSLASH, OPEN, CLOSE] = [34, 92, 123, 125];

/**
 * Whether a JSON text has more levels of lists and objects than these, up to its first mistake. The engine's own parser has
 * no limit, and takes 70 bytes of memory for each open bracket.
 */
export function isDeepText(text: string, levels: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; depth <= levels && at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isInString = !isInString;
    else if (isInString) at += code === BACKSLASH ? 1 : 0;
    // With this bit, a square bracket becomes a curly one.
    else if ((code | 32) === OPEN) depth++;
    else if ((code | 32) === CLOSE) depth--;
  }
  return depth > levels;
}
