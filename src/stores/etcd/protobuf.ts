/** One field of a message: a number, or bytes. https://protobuf.dev/programming-guides/encoding/ */
export interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

const VARINT = 0;
const BYTES = 2;

/** The fields of a message, in their order; of other kinds than numbers and bytes etcd has none. Throws a `RangeError`. */
export function* fieldsOf(message: Buffer): Generator<Field> {
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(offset);
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      if (shift > 63n) throw new RangeError('a number has more than 64 bits');
    }
  };
  while (offset < message.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    if ((tag & 7) === VARINT) yield { number, value: varint() };
    else if ((tag & 7) === BYTES) {
      const end = Number(varint()) + offset;
      if (end > message.length) throw new RangeError('a field is longer than its message');
      yield { number, value: message.subarray(offset, end) };
      offset = end;
    } else throw new RangeError(`a field is of kind ${tag & 7}`);
  }
}

/** A message of these fields. What is 0 or false is left out, as is usual. */
export function message(fields: Readonly<Record<number, string | Buffer | number | boolean>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([number, value]) => {
      if (value === 0 || value === false) return [];
      if (typeof value === 'number' || value === true)
        return [varint(8 * Number(number) + VARINT), varint(Number(value))];
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      return [varint(8 * Number(number) + BYTES), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) + 0x80);
  return Buffer.from([...bytes, left]);
}
