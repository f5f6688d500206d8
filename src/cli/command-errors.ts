/** The person pressed Ctrl-C, or closed the input, where something was asked: exit code 130. */
export class InterruptedError extends Error {}

/** It can't be done without losing what is there, so nothing was done: exit code 4. */
export class RefusedError extends Error {}

/** A definition that fails while it is loaded, told with its own place: exit code 3. */
export class DefinitionError extends Error {}
