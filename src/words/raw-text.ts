/** A value for a script: a string as it is, everything else as JSON. */
export function rawText(value: unknown): string {
  if (value instanceof RegExp) return value.source;
  return typeof value === 'string' ? value : (JSON.stringify(value, jsonMember) ?? '');
}

/** For `JSON.stringify`: values that JSON cannot hold, as a file would write them. */
export function jsonMember(_name: string, value: unknown): unknown {
  if (value instanceof RegExp) return value.source;
  return typeof value === 'bigint' ? String(value) : value;
}
