/** A range of a text in UTF-16 code units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object; its name may be any text, `__proto__` included, and may occur again among its siblings. */
export interface JsonMember {
  readonly name: string;
  /** The opening quote of the name. */
  readonly nameStart: number;
  /** The end of the closing quote of the name. */
  readonly nameEnd: number;
  readonly value: JsonNode;
}

export interface ObjectNode extends Span {
  readonly kind: 'object';
  readonly members: readonly JsonMember[];
}

export interface ArrayNode extends Span {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}

type ScalarNode = Span &
  (
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null'; readonly value: null }
  );

/** A value in a JSON text with its location. */
export type JsonNode = ObjectNode | ArrayNode | ScalarNode;

/** A part of a text and its replacement. */
export interface Splice extends Span {
  readonly text: string;
}
