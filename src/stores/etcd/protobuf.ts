/**
 * The fields of a message: name, number and type. A message in a list is repeated.
 * https://protobuf.dev/programming-guides/encoding/
 */
export type Schema = Readonly<Record<string, readonly [number: number, type: FieldType]>>;
type FieldType = 'text' | 'bytes' | 'number' | 'id' | 'flag' | Schema | readonly [Schema];

/** A decoded message. An absent field has the zero of its type: `''`, `0`, `false`, an empty list. */
export type Message<S extends Schema> = { readonly [Name in keyof S]: FieldValue<S[Name][1]> };
type FieldValue<T> = T extends 'text'
  ? string
  : T extends 'bytes'
    ? Buffer
    : T extends 'number'
      ? number
      : T extends 'id'
        ? bigint
        : T extends 'flag'
          ? boolean
          : T extends readonly [infer S extends Schema]
            ? readonly Message<S>[]
            : T extends Schema
              ? Message<T>
              : never;

/** What is encoded: absent fields are left out. */
export type Draft<S extends Schema> = { readonly [Name in keyof S]?: DraftValue<S[Name][1]> | undefined };
type DraftValue<T> = T extends 'bytes'
  ? Buffer | string
  : T extends readonly [infer S extends Schema]
    ? readonly Draft<S>[]
    : T extends Schema
      ? Draft<T>
      : FieldValue<T>;

const VARINT = 0;
const BYTES = 2;
/** The lengths of the other wire types: etcd has none of them now, and a later version may. */
const LENGTHS: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

export function encode<S extends Schema>(schema: S, draft: Draft<S>): Buffer {
  const fields = Object.entries(draft as Readonly<Record<string, unknown>>).flatMap(([name, value]) => {
    const [number, type] = schema[name] ?? [0, 'bytes'];
    if (value === undefined || value === 0 || value === false) return [];
    if (typeof value === 'number' || typeof value === 'bigint' || value === true)
      return [varint(BigInt(8 * number + VARINT)), varint(BigInt(value))];
    return [value].flat().flatMap((each: unknown) => {
      const bytes =
        typeof type === 'string'
          ? Buffer.from(each as string)
          : encode([type].flat()[0] as Schema, each as Draft<Schema>);
      return [varint(BigInt(8 * number + BYTES)), varint(BigInt(bytes.length)), bytes];
    });
  });
  return Buffer.concat(fields);
}

/** Throws a `RangeError` for bytes that are not a message. */
export function decode<S extends Schema>(schema: S, bytes: Buffer): Message<S> {
  const fields = new Map<number, (bigint | Buffer)[]>();
  for (const [number, value] of fieldsOf(bytes)) fields.set(number, [...(fields.get(number) ?? []), value]);
  const members = Object.entries(schema).map(([name, [number, type]]) => [
    name,
    decodeField(type, fields.get(number) ?? []),
  ]);
  return Object.fromEntries(members) as Message<S>;
}

/** A value of another wire type than its field counts as absent. */
function decodeField(type: FieldType, values: readonly (bigint | Buffer)[]): unknown {
  const buffers = values.filter((value) => typeof value !== 'bigint');
  const buffer = buffers.at(-1) ?? Buffer.alloc(0);
  const integer = values.findLast((value) => typeof value === 'bigint') ?? 0n;
  if (type === 'text') return buffer.toString();
  if (type === 'bytes') return buffer;
  if (type === 'id') return BigInt.asUintN(64, integer);
  if (type === 'number') return Number(BigInt.asIntN(64, integer));
  if (type === 'flag') return integer !== 0n;
  const [repeated] = Array.isArray(type) ? type : [];
  return repeated ? buffers.map((each) => decode(repeated, each)) : decode(type as Schema, buffer);
}

function* fieldsOf(message: Buffer): Generator<readonly [number: number, value: bigint | Buffer]> {
  let offset = 0;
  const readVarint = (): bigint => {
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
    const tag = Number(readVarint());
    const [number, type] = [tag >> 3, tag & 7];
    if (type === VARINT) {
      yield [number, readVarint()];
      continue;
    }
    const length = type === BYTES ? Number(readVarint()) : (LENGTHS[type] ?? Number.NaN);
    const end = offset + length;
    if (!(end <= message.length)) throw new RangeError('a field is longer than its message, or of an unknown type');
    yield [number, message.subarray(offset, end)];
    offset = end;
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) + 0x80);
  return Buffer.from([...bytes, Number(left)]);
}
