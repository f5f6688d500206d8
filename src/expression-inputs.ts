import type { Issue } from './errors.ts';
import type { Key } from './key.ts';
import type { ExpressionPart } from './layer.ts';

/** What expressions read outside of the settings. */
export interface ExpressionInputs {
  variable(name: string): string | undefined;
  /** The text of a file, or why there is none. */
  file(path: string): FileInput;
  /** The keys that the resolver of a scheme needs. */
  needs(scheme: string): readonly Key[];
  /** What a resolver has for a text; `undefined` where that is still to be found out. */
  text(request: TextRequest): TextResult | undefined;
}

/** What a resolver is asked for. */
export interface TextRequest {
  readonly scheme: string;
  readonly name: string;
  /** The values of the settings that the resolver needs. */
  readonly needs: readonly ExpressionPart[];
}

/** The value of a text; or a clause on why there is none, which follows the text. `isFailure`: it may exist all the same. */
export type TextResult = { readonly value: unknown } | { readonly problem: string; readonly isFailure?: true };

/** Inputs that are read again before the new texts are used. */
export interface ReloadableInputs extends ExpressionInputs {
  /** The same inputs with every file read again. This one keeps its texts until {@link accept}. */
  again(): ExpressionInputs;
  /** Uses the texts that the last `again` has read. */
  accept(): void;
  /** What is uncertain about the inputs in use. */
  readonly warnings?: readonly Issue[];
  /** Finds out what `compute` lacks, for these inputs of a reload if given; a promise while that has to be waited for. */
  prepare?(compute: (inputs: ExpressionInputs) => void, again?: ExpressionInputs): Promise<void> | undefined;
}

/** The text of a file; `undefined` if it does not exist. */
export type FileInput = { readonly text: string | undefined; readonly location: string } | { readonly problem: string };
