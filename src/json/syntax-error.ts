/** A mistake in a JSON text. The message says what was expected and never quotes the text, which may hold secrets. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  /** Where the mistake is, in UTF-16 code units from the start of the text. */
  readonly offset: number;
  /** Whether the text is deeper or has more values than is read; it may be valid then. */
  readonly isTooLarge: boolean;

  constructor(message: string, offset: number, isTooLarge = false) {
    super(message);
    this.offset = offset;
    this.isTooLarge = isTooLarge;
  }
}
