/** Replaces the value of a sensitive setting wherever it could be read. */
export const REDACTED = '********';

/** `value`, or `********` for that of a sensitive setting. A value that is absent stays absent. */
export function redact(value: unknown, isSensitive: boolean | undefined): unknown {
  return isSensitive && value !== undefined ? REDACTED : value;
}
