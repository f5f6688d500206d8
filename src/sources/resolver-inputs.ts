import { type Issue, reasonOf, throwIssues } from '../errors.ts';
import type { ExpressionInputs, FileInput, ReloadableInputs, TextRequest, TextResult } from '../expression-inputs.ts';
import { isDeeper } from '../json/depth.ts';
import { MAX_DEPTH } from '../json/value.ts';
import type { ExpressionPart } from '../layer.ts';
import { LONGEST_TIMER_MS } from '../longest-timer.ts';
import { RESOLVE_TIMEOUT_MS, type ResolvedNames, type Resolver } from '../resolver.ts';
import { redactSecrets } from '../secret-texts.ts';
import { spellings } from '../spellings.ts';
import type { ReferenceInputs } from './reference-inputs.ts';

/** The answer of a resolver for one name. */
interface Answer {
  readonly result: TextResult;
  /** When it was asked for, in milliseconds of `performance.now()`. */
  readonly at: number;
  /** The scheme and the name: `vault:kv/db#password`. */
  readonly text: string;
  readonly ttl: number | undefined;
  /** Why a later answer is missing. */
  readonly warning?: Issue;
}

/** The answers by what was asked: the scheme, what the resolver needs, and the name. */
type Answers = Map<string, Answer>;

/** The names of one call of a resolver. */
interface Question {
  readonly scheme: string;
  readonly needs: readonly ExpressionPart[];
  readonly names: Set<string>;
}

/** How often an answer may lead to further questions. */
const MOST_ROUNDS = 100;

/** What references read, and the answers of resolvers. An answer is asked for once, until the next reload. */
export class ResolverInputs implements ReloadableInputs {
  readonly #resolvers: Readonly<Record<string, Resolver>>;
  readonly #references: ReferenceInputs;
  /** The answers in use. */
  #answers: Answers = new Map();
  /** The answers of the last reload; the same once it was accepted. */
  #reloaded: Answers = this.#answers;

  constructor(resolvers: Readonly<Record<string, Resolver>>, references: ReferenceInputs) {
    this.#resolvers = resolvers;
    this.#references = references;
  }

  get paths(): readonly string[] {
    return this.#references.paths;
  }

  /** Which texts keep an old value, because their resolver failed. */
  get warnings(): readonly Issue[] {
    return [...this.#answers.values()].flatMap(({ warning }) => warning ?? []);
  }

  /** In how many milliseconds a value has to be asked for again for the first time; `undefined` if none is. */
  get expiresIn(): number | undefined {
    const ends = [...this.#answers.values()].flatMap(({ at, ttl }) => (ttl === undefined ? [] : at + ttl));
    return ends.length === 0 ? undefined : Math.max(0, Math.min(...ends) - performance.now());
  }

  needs(scheme: string): readonly string[] {
    return this.#resolver(scheme).needs ?? [];
  }

  /** Only the schemes of resolvers are asked for. */
  #resolver(scheme: string): Resolver {
    return this.#resolvers[scheme] as Resolver;
  }

  variable(name: string): string | undefined {
    return this.#references.variable(name);
  }

  file(name: string): FileInput {
    return this.#references.file(name);
  }

  text(request: TextRequest): TextResult {
    return this.#answers.get(keyOf(request))?.result ?? WAITS;
  }

  again(): ExpressionInputs {
    const files = this.#references.again();
    const answers: Answers = new Map([...this.#answers].filter(([, answer]) => isFresh(answer)));
    this.#reloaded = answers;
    return this.#view(files, (request) => answers.get(keyOf(request))?.result ?? WAITS);
  }

  accept(): void {
    this.#references.accept();
    this.#answers = this.#reloaded;
  }

  /**
   * Asks the resolvers for what `compute` lacks, until it lacks nothing. Returns a promise while one has to be waited for.
   * With `again`, the answers belong to the reload that these inputs are for.
   */
  prepare(compute: (inputs: ExpressionInputs) => void, again?: ExpressionInputs): Promise<void> | undefined {
    return this.#prepare({
      compute,
      answers: again ? this.#reloaded : this.#answers,
      inputs: again ?? this,
      asked: new Set(),
    });
  }

  /** Throws for the resolvers that `prepare` would wait for. */
  requireSync(compute: (inputs: ExpressionInputs) => void): void {
    const round: Round = { compute, answers: this.#answers, inputs: this, asked: new Set() };
    if (!this.#prepare(round)) return;
    throwIssues(
      [...new Set(this.#lacking(round).map(({ scheme }) => scheme))].map((scheme) => ({
        code: 'UNAVAILABLE',
        message: `the resolver "${scheme}" has to be waited for`,
        suggestion: 'Use loadConfig.',
      })),
    );
  }

  #prepare(round: Round, rounds = 0): Promise<void> | undefined {
    for (let i = rounds; i < MOST_ROUNDS; i++) {
      const lacking = this.#lacking(round);
      if (lacking.length === 0) return undefined;
      const waiting = lacking.flatMap((question) => this.#ask(question, round) ?? []);
      if (waiting.length > 0) return Promise.all(waiting).then(() => this.#prepare(round, i + 1));
    }
    return undefined;
  }

  /** What a computation lacks, as one question for each resolver and what it needs. */
  #lacking({ compute, answers, inputs, asked }: Round): readonly Question[] {
    const questions = new Map<string, Question>();
    const collected = this.#view(inputs, (request) => {
      const key = keyOf(request);
      const known = answers.get(key);
      // The next computation asks again for what failed.
      if (known && ('value' in known.result || asked.has(key))) return known.result;
      const { scheme, needs, name } = request;
      const call = callOf(request);
      const question = questions.get(call) ?? { scheme, needs, names: new Set() };
      question.names.add(name);
      questions.set(call, question);
      return undefined;
    });
    compute(collected);
    return [...questions.values()];
  }

  /** Keeps the answers to a question; a promise if the resolver has to be waited for. */
  #ask(question: Question, { answers, asked }: Round): Promise<void> | undefined {
    const { scheme, needs } = question;
    const { resolve, timeout = RESOLVE_TIMEOUT_MS } = this.#resolver(scheme);
    const names = [...question.names];
    const at = performance.now();
    const settings = Object.fromEntries(needs.map(({ name, value }) => [name, value]));
    const keep = (resultOf: (name: string) => TextResult): void => {
      for (const name of names) this.#keep({ scheme, needs, name }, { result: resultOf(name), at }, { answers, asked });
    };
    const failed = (error: unknown): void => keep(() => failure(error, needs));
    const controller = new AbortController();
    try {
      const answer = resolve(names, { settings, signal: controller.signal });
      if (!isThenable(answer)) return void keep((name) => resultIn(answer, name, needs));
      return inTime(answer, timeout, controller).then((named) => keep((name) => resultIn(named, name, needs)), failed);
    } catch (error) {
      return void failed(error);
    }
  }

  /** A value in use stays where the resolver fails; one that the resolver no longer has is gone. */
  #keep(
    request: TextRequest,
    { result, at }: Pick<Answer, 'result' | 'at'>,
    { answers, asked }: Pick<Round, 'answers' | 'asked'>,
  ): void {
    const key = keyOf(request);
    const text = `${request.scheme}:${request.name}`;
    const { ttl } = this.#resolver(request.scheme);
    const last = this.#answers.get(key);
    asked.add(key);
    if (!('isFailure' in result) || !last || !('value' in last.result)) answers.set(key, { result, at, text, ttl });
    else answers.set(key, { result: last.result, at, text, ttl, warning: staleIssue(text, result.problem) });
  }

  #view(inputs: ExpressionInputs, text: (request: TextRequest) => TextResult | undefined): ExpressionInputs {
    return {
      variable: (name) => inputs.variable(name),
      file: (path) => inputs.file(path),
      needs: (scheme) => this.needs(scheme),
      text,
    };
  }
}

/** The questions of one computation. */
interface Round {
  readonly compute: (inputs: ExpressionInputs) => void;
  readonly inputs: ExpressionInputs;
  readonly answers: Answers;
  /** What was asked for it. */
  readonly asked: Set<string>;
}

const WAITS: TextResult = { problem: 'has to be waited for: resolveTexts asks for it first' };

/** What one call of a resolver depends on. */
function callOf({ scheme, needs }: Pick<TextRequest, 'scheme' | 'needs'>): string {
  return JSON.stringify([scheme, needs.map(({ value }) => value)]);
}

function keyOf(request: TextRequest): string {
  return `${callOf(request)}${request.name}`;
}

function isFresh({ at, ttl = 0, warning }: Answer): boolean {
  return warning === undefined && performance.now() < at + ttl;
}

function isThenable(answer: ResolvedNames | Promise<ResolvedNames>): answer is Promise<ResolvedNames> {
  return typeof (answer as Promise<ResolvedNames>)?.then === 'function';
}

/** The answer, or the failure once the time is over. */
async function inTime<T>(answer: Promise<T>, timeout: number, controller: AbortController): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        const error = new Error(`it took longer than ${timeout} ms`);
        reject(error);
        controller.abort(error);
      },
      Math.min(timeout, LONGEST_TIMER_MS),
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function resultIn(answer: ResolvedNames, name: string, needs: readonly ExpressionPart[]): TextResult {
  if (typeof answer !== 'object' || answer === null) return failure(new TypeError('it returned no object'), needs);
  const isMap = answer instanceof Map;
  const value = isMap ? answer.get(name) : Object.hasOwn(answer, name) ? Reflect.get(answer, name) : undefined;
  if (value instanceof Error) return failure(value, needs);
  if (isDeeper(value, MAX_DEPTH))
    return failure(new TypeError(`its value is nested deeper than ${MAX_DEPTH} levels`), needs);
  return value === undefined ? { problem: 'has no value' } : { value };
}

/** Why a resolver gave no answer. The secrets that it was given are redacted. */
function failure(error: unknown, needs: readonly ExpressionPart[]): TextResult {
  const secrets = needs.flatMap(({ value, redacted }) => (redacted ? [...spellings(value)] : []));
  const message = redactSecrets(reasonOf(error), secrets);
  return { problem: `could not be resolved: ${message}`, isFailure: true };
}

function staleIssue(text: string, problem: string): Issue {
  return { code: 'STALE', message: `${text} ${problem}; its last value stays in effect` };
}
