import { type FlagMeaning, type FlagNames, isSwitch } from './flag-names.ts';

/** One flag as it was given. */
export interface GivenFlag {
  /** As it was typed, without a value: `--lr`, `-l`. */
  readonly typed: string;
  /** What the schema makes of it; `undefined` for `--set` and for an unknown flag. */
  readonly meaning: FlagMeaning | undefined;
  /** The text of its value; `undefined` where it stands alone. */
  readonly text: string | undefined;
  /** Whether the text is JSON: `--key:=JSON`. */
  readonly isJson?: true | undefined;
  /** The word that follows where it stands alone, and where a list takes one word. */
  readonly next?: string | undefined;
  /** Whether it was given without dashes: `lr=5`. */
  readonly isBare?: true;
  /** The word that contains an unknown letter: `-vz`. */
  readonly within?: string;
}

/**
 * The flags among the arguments, in their order, up to `--`. Every text stays as it was typed, and its order known.
 * yargs-parser keeps neither: it strips quotes, takes `-1e-3` for flags and an empty value for none, renames
 * `__proto__`, forgets whether `--x` or `--no-x` came last, and needs square time for a flag that is repeated.
 */
export function givenFlags(argv: readonly string[], names: FlagNames): readonly GivenFlag[] {
  const end = argv.indexOf('--');
  return new Words(end < 0 ? argv : argv.slice(0, end), names).flags();
}

/** A dash that text programs put in place of `--`. */
export const DASH: RegExp = /^[\u2010-\u2015\u2212]+-?/;

class Words {
  readonly #argv: readonly string[];
  readonly #names: FlagNames;
  readonly #given: GivenFlag[] = [];
  /** Where the next word stands. */
  #at = 0;

  constructor(argv: readonly string[], names: FlagNames) {
    this.#argv = argv;
    this.#names = names;
  }

  flags(): readonly GivenFlag[] {
    while (this.#at < this.#argv.length) {
      const word = this.#argv[this.#at++] as string;
      if (word.startsWith('--')) this.#long(word.slice(2));
      else if (word.startsWith('-')) this.#short(word.slice(1));
      else this.#bare(word);
    }
    return this.#given;
  }

  /** `lr=5` may be a word of the program's own, or a flag without its dashes. */
  #bare(word: string): void {
    const { name, text } = assignment(word);
    const isDashed = DASH.test(name);
    if (text === undefined && !isDashed) return;
    const meaning = isDashed ? this.#names.meaning(name.replace(DASH, '')) : this.#names.keyMeaning(name);
    if (meaning) this.#given.push({ typed: name, meaning, text, isBare: true });
  }

  #long(word: string): void {
    const { name, text, isJson } = assignment(word);
    const typed = `--${name}`;
    const meaning = this.#names.meaning(name);
    if (text !== undefined) this.#given.push({ typed, meaning, text, isJson });
    else if (meaning ? !isSwitch(meaning.setting) : name === 'set' || this.#names.whole(name))
      this.#spaced(typed, meaning);
    else this.#given.push({ typed, meaning, text: undefined, next: this.#argv[this.#at] });
  }

  /** `-vq` are two flags that stand alone; `-l5` and `-l=5` give the flag `l` its value, `-vl 5` too. */
  #short(word: string): void {
    let at = 0;
    for (const letter of word) {
      const typed = `-${letter}`;
      const meaning = this.#names.meaning(letter);
      at += letter.length;
      if (!meaning) {
        if (at > letter.length || !/^[\d.]/.test(word)) {
          this.#given.push({ typed, meaning, text: undefined, within: `-${word.replace(/=.*/s, '')}` });
        }
        return;
      }
      const isLast = at === word.length;
      if (word[at] === '=' || (!isLast && !isSwitch(meaning.setting))) {
        this.#given.push({ typed, meaning, text: word.slice(word[at] === '=' ? at + 1 : at) });
        return;
      }
      if (isSwitch(meaning.setting))
        this.#given.push({ typed, meaning, text: undefined, next: isLast ? this.#argv[this.#at] : undefined });
      else this.#spaced(typed, meaning);
    }
  }

  /** Takes a flag whose value is the next word. */
  #spaced(typed: string, meaning: FlagMeaning | undefined): void {
    const text = this.#value();
    const isList = meaning?.setting.isList === true && meaning.member === undefined;
    this.#given.push({ typed, meaning, text, next: isList ? this.#argv[this.#at] : undefined });
  }

  /** Takes the next word, if it is a value: `-1e-3` and `-x` are, unless `-x` is a flag; `--name` never is. */
  #value(): string | undefined {
    const word = this.#argv[this.#at];
    if (word === undefined || word.startsWith('--')) return undefined;
    const isValue = !word.startsWith('-') || /^-[\d.]/.test(word);
    if (!isValue && this.#names.meaning([...word][1] ?? '')) return undefined;
    this.#at++;
    return word;
  }
}

/** The parts of `name=text` or `name:=JSON`. A `=` inside a quoted name, `labels["a=b"]=x`, does not end the name. */
export function assignment(word: string): Pick<GivenFlag, 'text' | 'isJson'> & { readonly name: string } {
  const [, name = word, colon, text] = /^((?:\["(?:[^"\\]|\\.)*"\]|[^=])*?)(:)?=(.*)$/s.exec(word) ?? [];
  return { name, text, ...(colon && { isJson: true }) };
}
