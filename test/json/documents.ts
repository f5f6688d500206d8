import fc from 'fast-check';

/** A generated value, with the spelling of every name and scalar. */
type Spelled =
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly Spelled[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: Spelled])[] };

/** How a document is laid out. */
interface Layout {
  readonly form: 'pretty' | 'compact' | 'line' | 'wild';
  readonly lineBreak: '\n' | '\r\n' | '\r';
  readonly unit: string;
  readonly colon: string;
  /** JSONC: comments and trailing commas. */
  readonly comments: boolean;
  readonly start: string;
  readonly end: string;
  /** What is drawn upon wherever the layout leaves a choice. */
  readonly choices: readonly number[];
}

export interface GeneratedDocument {
  readonly text: string;
  readonly comments: boolean;
}

const NUMBERS = [
  '0',
  '-0',
  '1',
  '1.0',
  '-12',
  '0.10',
  '1e2',
  '1.5E-3',
  '12345678901234567',
  '-9223372036854775808',
  '1e400',
  '3.141592653589793',
];
const STRINGS = [
  '""',
  '"x"',
  '"\\u0041"',
  '"a\\/b"',
  '"\\"{,}[]:"',
  '"// no"',
  '"é\\ud800"',
  '"\u2028 日本"',
  '"\\n\\t\\\\"',
];
const NAMES = [
  '"a"',
  '"b"',
  '"c"',
  '"d"',
  '""',
  '"\\u0062x"',
  '"toString"',
  '"__proto__"',
  '"constructor"',
  '"10"',
  '"2"',
];

/** Names that no generated document has. */
export const NEW_NAMES = ['new', 'other', 'third'] as const;

const scalar: fc.Arbitrary<Spelled> = fc
  .constantFrom(...NUMBERS, ...STRINGS, 'true', 'false', 'null')
  .map((text) => ({ kind: 'scalar', text }));

const { object } = fc.letrec<{ value: Spelled; array: Spelled; object: Spelled }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('array'), tie('object'), tie('object')),
  array: fc.array(tie('value'), { maxLength: 3 }).map((items) => ({ kind: 'array', items })),
  object: fc
    .array(fc.tuple(fc.constantFrom(...NAMES), tie('value')), { maxLength: 4 })
    .map((members) => ({ kind: 'object', members })),
}));

const layout: fc.Arbitrary<Layout> = fc.record({
  form: fc.constantFrom('pretty', 'compact', 'line', 'wild'),
  lineBreak: fc.constantFrom('\n', '\r\n', '\r'),
  unit: fc.constantFrom('  ', '\t', '    ', ''),
  colon: fc.constantFrom(': ', ':', ' : '),
  comments: fc.boolean(),
  start: fc.constantFrom('', '\ufeff'),
  end: fc.constantFrom('', '\n', '\n\n', ' '),
  choices: fc.array(fc.nat({ max: 999 }), { minLength: 1, maxLength: 60 }),
});

/** Documents whose root is an object, in every layout, some with repeated names. */
export const documents: fc.Arbitrary<GeneratedDocument> = fc
  .tuple(object, layout)
  .map(([root, style]) => ({ text: written(root, style), comments: style.comments }));

/** The same without a repeated name. */
export const uniqueDocuments: fc.Arbitrary<GeneratedDocument> = fc
  .tuple(object.map(withUniqueNames), layout)
  .map(([root, style]) => ({ text: written(root, style), comments: style.comments }));

function withUniqueNames(value: Spelled): Spelled {
  if (value.kind === 'array') return { kind: 'array', items: value.items.map(withUniqueNames) };
  if (value.kind === 'scalar') return value;
  return {
    kind: 'object',
    members: [...new Map(value.members)].map(([name, inner]) => [name, withUniqueNames(inner)]),
  };
}

function written(root: Spelled, style: Layout): string {
  return style.start + new Writer(style).value(root, 0) + style.end;
}

class Writer {
  private readonly style: Layout;
  private drawn = 0;

  constructor(style: Layout) {
    this.style = style;
  }

  value(value: Spelled, depth: number): string {
    if (value.kind === 'scalar') return value.text;
    const isArray = value.kind === 'array';
    const parts = isArray
      ? value.items.map((item) => this.value(item, depth + 1))
      : value.members.map(([name, inner]) => `${name}${this.colon()}${this.value(inner, depth + 1)}`);
    const content = parts.length === 0 ? this.emptySpace(depth) : this.parts(parts, depth);
    return isArray ? `[${content}]` : `{${content}}`;
  }

  private parts(parts: readonly string[], depth: number): string {
    const last = parts.length - 1;
    const spaced = parts.map((part, index) => {
      const comma = index < last || (this.style.comments && this.pick([false, false, true])) ? ',' : '';
      return `${this.before(depth, index)}${part}${this.beforeComma()}${comma}${this.behindComma()}`;
    });
    return spaced.join('') + this.beforeClosing(depth);
  }

  private before(depth: number, index: number): string {
    const { form, lineBreak, unit } = this.style;
    if (form === 'compact') return '';
    if (form === 'line') return index === 0 ? this.pick(['', ' ']) : ' ';
    if (form === 'wild') return this.wild();
    const indent = lineBreak + unit.repeat(depth + 1);
    const comment = this.style.comments ? this.pick(['', '', '', '// above', '/* above */', '/* two\n lines */']) : '';
    return comment === '' ? indent : indent + comment + indent;
  }

  private beforeClosing(depth: number): string {
    const { form, lineBreak, unit } = this.style;
    if (form === 'compact') return '';
    if (form === 'line') return this.pick(['', ' ']);
    return form === 'wild' ? this.wild() : lineBreak + unit.repeat(depth);
  }

  private beforeComma(): string {
    return this.style.form === 'wild' ? this.wild() : '';
  }

  /** A comment behind a part; one that ends with its line brings its line break along, where none would follow. */
  private behindComma(): string {
    if (!this.style.comments || this.style.form === 'compact') return '';
    if (this.style.form === 'pretty') return this.pick(['', '', '', ' // behind', ' /* behind */']);
    return this.pick(['', '', ` // behind${this.style.lineBreak}`, ' /* behind */']);
  }

  private emptySpace(depth: number): string {
    const { lineBreak, unit, comments } = this.style;
    const line = lineBreak + unit.repeat(depth);
    const spaces = ['', '', ' ', '  ', '\t', line, `${lineBreak}${line}`, ` ${line}`];
    const remarks = [`// none${line}`, ' /* none */ ', `${line}${unit}// none${line}`, `// one${lineBreak} /* two */ `];
    return this.pick(comments ? [...spaces, ...remarks] : spaces);
  }

  private colon(): string {
    return this.style.form === 'wild' ? `${this.wild()}:${this.wild()}` : this.style.colon;
  }

  private wild(): string {
    const { lineBreak } = this.style;
    const spaces = [
      '',
      '',
      ' ',
      '  ',
      '\t',
      '\n',
      '\r\n',
      lineBreak,
      `${lineBreak}  `,
      ' \n\t',
      `${lineBreak}${lineBreak}`,
    ];
    const remarks = [' /* c */', '/**/', `// c${lineBreak}`, ` // c${lineBreak}  `, '/* a\n b */ '];
    return this.pick(this.style.comments ? [...spaces, ...remarks] : spaces);
  }

  private pick<Choice>(choices: readonly [Choice, ...Choice[]] | readonly Choice[]): Choice {
    const { choices: drawable } = this.style;
    const index = (drawable[this.drawn++ % drawable.length] ?? 0) % choices.length;
    return choices[index] as Choice;
  }
}
