/** A difference between two releases that an operator of the program can notice. */
export interface ContractChange {
  /** The setting; absent for the definition as a whole. */
  readonly key?: string;
  /** A clause that follows the key: `is removed`. */
  readonly change: string;
  /** Whether files, variables or flags of the older release can stop working. */
  readonly breaking: boolean;
}

/** A change whose key is known from where it was found. */
export type Change = Omit<ContractChange, 'key'>;

/** A change that can refuse or ignore what worked before. */
export function breaks(change: string): Change {
  return { change, breaking: true };
}

/** A change under which everything goes on working. */
export function works(change: string): Change {
  return { change, breaking: false };
}
