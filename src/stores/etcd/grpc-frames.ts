/** A byte that tells whether the message is compressed, and four for its length. */
const HEAD_BYTES = 5;

/** A message as it is sent. */
export function prefixed(message: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Puts messages together from the pieces that they come in. */
export class MessageReader {
  readonly #longest: number;
  readonly #take: (message: Buffer | undefined) => void;
  #pieces: Buffer[] = [];
  #length = 0;
  #wanted = HEAD_BYTES;

  /** `take` gets `undefined` for one that is too long, or compressed though nobody said that it may be. */
  constructor(longest: number, take: (message: Buffer | undefined) => void) {
    this.#longest = longest;
    this.#take = take;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    while (this.#length >= this.#wanted) {
      const whole = Buffer.concat(this.#pieces);
      const length = whole.readUInt32BE(1);
      const end = HEAD_BYTES + length;
      if (whole[0] !== 0 || length > this.#longest) {
        this.#take(undefined);
        return;
      }
      const isWhole = whole.length >= end;
      this.#keep(isWhole ? whole.subarray(end) : whole, isWhole ? HEAD_BYTES : end);
      if (isWhole) this.#take(whole.subarray(HEAD_BYTES, end));
    }
  }

  #keep(rest: Buffer, wanted: number): void {
    this.#pieces = [rest];
    this.#length = rest.length;
    this.#wanted = wanted;
  }
}
