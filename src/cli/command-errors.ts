/** The person pressed Ctrl-C or closed the input at a question: exit code 130. */
export class InterruptedError extends Error {}

/** A change that would lose data, so nothing was done: exit code 4. */
export class RefusedError extends Error {}

/** A definition that fails while it loads, with its own location: exit code 3. */
export class DefinitionError extends Error {}
