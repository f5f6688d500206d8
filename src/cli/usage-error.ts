/** A command line that can't be carried out as it was typed: exit code 2. */
export class UsageError extends Error {
  /** What to do instead, on lines of its own. */
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string) {
    super(message);
    this.remedy = remedy;
  }
}
