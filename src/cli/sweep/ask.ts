import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Definition } from '../../index.ts';
import { describeSetting } from '../../tools.ts';
import { parseBoundedJson } from '../../words/bounded-json.ts';
import { jsonMember } from '../../words/values.ts';
import type { Context } from '../command.ts';
import { RefusedError } from '../command-errors.ts';
import { isObject } from '../value-tree.ts';
import type { Combination } from './combinations.ts';
import { loadPoint, pointOf } from './point.ts';
import { withStopSignals } from './run-all.ts';
import type { Outcome, Runner } from './runner.ts';

/** What runs the configurations that another program asks for. */
export interface AskOptions {
  readonly context: Context;
  readonly definition: Definition;
  readonly runner: Runner;
  readonly jobs: number;
  /** Records that the sweep gives values to these keys. Throws `RefusedError` if earlier runs had another configuration. */
  readonly begin: (keys: readonly string[]) => Promise<void>;
}

/** A line of the input, counted from 1. */
interface Request {
  readonly line: number;
  readonly text: string;
}

/**
 * Runs the command for each configuration on standard input, one JSON object a line, and answers each with one line:
 * the number of the request, how the run ended, and what it wrote into its `result.json`. Answers come as runs end.
 */
export async function answerRequests(options: AskOptions): Promise<void> {
  const { context, runner, jobs } = options;
  const { stdin } = context.terminal;
  // What is a stream already is not wrapped: a wrapper would go on reading after a signal.
  const lines = createInterface({ input: stdin instanceof Readable ? stdin : Readable.from(stdin) });
  const requests = new RequestQueue();
  let line = 0;
  lines.on('line', (text) => requests.add({ line: ++line, text }));
  lines.on('close', () => requests.close());
  const running = new Map<string, Promise<Outcome>>();
  const work = async (slot: number): Promise<void> => {
    for (let request = await requests.next(); request && !runner.signal; request = await requests.next()) {
      if (request.text.trim() === '') continue;
      const answer = await answerOf(request, { ...options, slot, running });
      context.print(JSON.stringify({ line: request.line, ...answer }, jsonMember));
    }
  };
  const workers = (): Promise<unknown> => Promise.all(Array.from({ length: jobs }, (_, slot) => work(slot)));
  await withStopSignals(runner, context.terminal, workers, () => lines.close());
}

/** Requests that wait for a free job. */
class RequestQueue {
  readonly #requests: Request[] = [];
  readonly #waiting: ((request: Request | undefined) => void)[] = [];
  #isClosed = false;

  add(request: Request): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(request);
    else this.#requests.push(request);
  }

  /** The next request; `undefined` after the last one. */
  next(): Promise<Request | undefined> {
    const request = this.#requests.shift();
    if (request || this.#isClosed) return Promise.resolve(request);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#isClosed = true;
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
  }
}

interface AnswerOptions extends AskOptions {
  readonly slot: number;
  /** The runs that go on, by name: equal requests share one. */
  readonly running: Map<string, Promise<Outcome>>;
}

async function answerOf({ text }: Request, options: AnswerOptions): Promise<object> {
  const { context, definition, runner, begin, slot, running } = options;
  const pairs = pairsOf(definition, text);
  if (!pairs) return { state: 'invalid', issues: [{ code: 'INVALID_VALUE', message: 'must be a JSON object' }] };
  const config = await loadPoint(context, pairs);
  if (config.issues.length > 0) return { state: 'invalid', issues: config.issues };
  const point = pointOf(config, pairs);
  try {
    await begin(Object.keys(point.values));
    await runner.requireSame(point);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { state: 'refused', message: error.message };
  }
  const run = running.get(point.name) ?? runner.run(point, slot);
  running.set(point.name, run);
  const { state, folder, exitCode } = await run.finally(() => running.delete(point.name));
  // An attempt that failed may leave the result of an earlier one.
  const { value: result, problem } = state === 'done' || state === 'kept' ? runner.folderOf(point).result() : {};
  if (problem !== undefined) context.note(`note: ${problem}`);
  // JSON leaves out what is undefined.
  return { state, values: point.values, folder, exitCode, result };
}

/** The pairs of a configuration, whose keys are dotted or nested; `undefined` if it is not an object. */
function pairsOf(definition: Definition, text: string): Combination | undefined {
  let value: unknown;
  try {
    value = parseBoundedJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return isObject(value) ? pairsIn(value, '', definition) : undefined;
}

function pairsIn(tree: Readonly<Record<string, unknown>>, prefix: string, definition: Definition): Combination {
  return Object.entries(tree).flatMap(([name, value]) => {
    const key = `${prefix}${name}`;
    if (isObject(value) && !describeSetting(definition, key)) return pairsIn(value, `${key}.`, definition);
    return [`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
}
