/** The value of a field: a text, bytes, a message, a number, a flag, or a list of messages. */
type FieldValue = string | Buffer | number | bigint | boolean | undefined | readonly Buffer[];

const VARINT = 0;
const BYTES = 2;
/** The lengths of the other wire types: etcd has none of them now, and a later version may. */
const LENGTHS: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Encodes a message: its fields by their numbers, without zeros. https://protobuf.dev/programming-guides/encoding/ */
export function message(fields: Readonly<Record<number, FieldValue>>): Buffer {
  const encoded = Object.entries(fields).flatMap(([number, value]) =>
    [value].flat().flatMap((each) => encodeField(BigInt(number), each)),
  );
  return Buffer.concat(encoded);
}

function encodeField(number: bigint, value: Exclude<FieldValue, readonly Buffer[]>): readonly Buffer[] {
  if (typeof value === 'string' || Buffer.isBuffer(value)) {
    const bytes = Buffer.from(value as string);
    return [varint(8n * number + BigInt(BYTES)), varint(BigInt(bytes.length)), bytes];
  }
  return value ? [varint(8n * number + BigInt(VARINT)), varint(BigInt(value))] : [];
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) + 0x80);
  return Buffer.from([...bytes, Number(left)]);
}

/** The fields of a message by their numbers. An absent field, or one of another wire type, has the zero of its type. */
export class Fields {
  readonly #values = new Map<number, (bigint | Buffer)[]>();

  /** Throws a `RangeError` for bytes that are not a message. */
  constructor(bytes: Buffer) {
    for (const [number, value] of fieldsOf(bytes)) {
      const values = this.#values.get(number);
      if (values) values.push(value);
      else this.#values.set(number, [value]);
    }
  }

  id(number: number): bigint {
    return BigInt.asUintN(64, this.#all(number).findLast((value) => typeof value === 'bigint') ?? 0n);
  }

  number(number: number): number {
    return Number(BigInt.asIntN(64, this.id(number)));
  }

  bytes(number: number): Buffer {
    return this.#all(number).findLast((value) => typeof value !== 'bigint') ?? Buffer.alloc(0);
  }

  text(number: number): string {
    return this.bytes(number).toString();
  }

  message(number: number): Fields {
    return new Fields(this.bytes(number));
  }

  messages(number: number): readonly Fields[] {
    const values = this.#all(number).filter((value) => typeof value !== 'bigint');
    return values.map((bytes) => new Fields(bytes));
  }

  #all(number: number): readonly (bigint | Buffer)[] {
    return this.#values.get(number) ?? [];
  }
}

function* fieldsOf(bytes: Buffer): Generator<readonly [number: number, value: bigint | Buffer]> {
  let offset = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes.readUInt8(offset++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number has more than 64 bits');
  };
  while (offset < bytes.length) {
    const tag = Number(readVarint());
    const [number, type] = [tag >> 3, tag & 7];
    if (type === VARINT) {
      yield [number, readVarint()];
      continue;
    }
    const length = type === BYTES ? Number(readVarint()) : (LENGTHS[type] ?? Number.NaN);
    const end = offset + length;
    if (!(end <= bytes.length)) throw new RangeError('a field is longer than its message, or of an unknown type');
    yield [number, bytes.subarray(offset, end)];
    offset = end;
  }
}
