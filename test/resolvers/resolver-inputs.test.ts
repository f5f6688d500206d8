import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { ExpressionInputs, TextRequest } from '../../src/expression-inputs.ts';
import type { Resolver } from '../../src/resolver.ts';
import { ReferenceInputs } from '../../src/sources/reference-inputs.ts';
import { ResolverInputs } from '../../src/sources/resolver-inputs.ts';
import { folder } from '../folder.ts';

const WAITS = { problem: 'has to be waited for: resolveTexts asks for it first' };

const inputsOf = (resolvers: Readonly<Record<string, Resolver>>, path = '/', env = {}): ResolverInputs =>
  new ResolverInputs(resolvers, new ReferenceInputs(env, path, path));

const request = (name: string, scheme = 'vault'): TextRequest => ({ scheme, name, needs: [] });

/** A computation that asks for the texts of some names. */
const asking =
  (...names: readonly string[]) =>
  (inputs: ExpressionInputs): void => {
    for (const name of names) inputs.text(request(name));
  };

/** A resolver whose values count its calls. */
function counting(more: Omit<Resolver, 'resolve'> = {}) {
  const resolve = vi.fn((names: readonly string[]): Record<string, unknown> => {
    const value = resolve.mock.calls.length;
    return Object.fromEntries(names.map((name) => [name, value]));
  });
  return { resolve, ...more };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
});

test('a resolver that answers at once is asked for all names in one call, and not waited for', () => {
  const vault = counting();
  const inputs = inputsOf({ vault });
  const compute = vi.fn(asking('a', 'b'));
  expect(inputs.text(request('a'))).toEqual(WAITS);
  expect(inputs.prepare(compute)).toBeUndefined();
  expect([vault.resolve.mock.calls.map(([names]) => names), compute.mock.calls.length]).toEqual([[['a', 'b']], 2]);
  expect(inputs.text(request('a'))).toEqual({ value: 1 });
  expect(inputs.prepare(compute)).toBeUndefined();
  expect([vault.resolve.mock.calls.length, compute.mock.calls.length]).toEqual([1, 3]);
});

test.each([
  ['at once', (answer: object) => answer],
  ['later', async (answer: object) => answer],
])('answers %s that lead to new questions without an end are given up', async (_, answered) => {
  const vault = counting();
  const resolve = vi.fn((names: readonly string[]) => answered(vault.resolve(names)) as Record<string, unknown>);
  let last = 0;
  await inputsOf({ vault: { resolve } }).prepare((inputs) => {
    for (let known = true; known; ) {
      const found = inputs.text(request(String(last)));
      known = found !== undefined;
      if (known) last += 1;
    }
  });
  expect(resolve).toHaveBeenCalledTimes(100);
});

test('what failed is asked for again by the next computation, and what has a value is not', () => {
  const vault = counting();
  vault.resolve.mockImplementationOnce(() => ({ a: new Error('down'), b: 'x' }));
  const inputs = inputsOf({ vault });
  inputs.prepare(asking('a', 'b'));
  expect(inputs.text(request('a'))).toEqual({ problem: 'could not be resolved: down', isFailure: true });
  inputs.prepare(asking('a', 'b'));
  expect([inputs.text(request('a')), inputs.text(request('b'))]).toEqual([{ value: 2 }, { value: 'x' }]);
  expect(vault.resolve.mock.calls.map(([names]) => names)).toEqual([['a', 'b'], ['a']]);
});

test.each(['text', 5, () => ({ a: 1 }), undefined, null])('an answer of %o is a failure', (answer) => {
  const inputs = inputsOf({ vault: { resolve: () => answer as never } });
  inputs.prepare(asking('a'));
  expect(inputs.text(request('a'))).toEqual({
    problem: 'could not be resolved: it returned no object',
    isFailure: true,
  });
});

test('a resolver that has answered leaves no timer behind', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const inputs = inputsOf({ vault: { resolve: async () => ({ a: 1 }) } });
  const waiting = inputs.prepare(asking('a'));
  expect(vi.getTimerCount()).toBe(1);
  await waiting;
  expect([inputs.text(request('a')), vi.getTimerCount()]).toEqual([{ value: 1 }, 0]);
});

test('a reload asks for what is older than its time to live, and for what kept an old value', () => {
  const vault = counting({ ttl: 1_000 });
  const other = counting();
  const inputs = inputsOf({ vault, other });
  const compute = (from: ExpressionInputs): void => {
    asking('a')(from);
    from.text(request('a', 'other'));
  };
  const reload = (): readonly number[] => {
    const again = inputs.again();
    expect(again.text(request('new'))).toEqual(WAITS);
    inputs.prepare(compute, again);
    inputs.accept();
    return [vault.resolve.mock.calls.length, other.resolve.mock.calls.length];
  };
  inputs.prepare(compute);
  expect(reload()).toEqual([1, 2]);
  vi.advanceTimersByTime(999);
  expect(reload()).toEqual([1, 3]);
  vi.advanceTimersByTime(1);
  vault.resolve.mockImplementationOnce(() => {
    throw new Error('down');
  });
  expect(reload()).toEqual([2, 4]);
  expect(inputs.text(request('a'))).toEqual({ value: 1 });
  expect(inputs.warnings).toEqual([
    { code: 'STALE', message: 'vault:a could not be resolved: down; its last value stays in effect' },
  ]);
  expect(reload()).toEqual([3, 5]);
  expect([inputs.text(request('a')), inputs.warnings]).toEqual([{ value: 3 }, []]);
});

test('values expire when the first of them does', () => {
  const inputs = inputsOf({ vault: counting({ ttl: 1_000 }), quick: counting({ ttl: 400 }), other: counting() });
  const prepare = (scheme: string): void => void inputs.prepare((from) => void from.text(request('a', scheme)));
  prepare('other');
  expect(inputs.expiresIn).toBeUndefined();
  prepare('vault');
  expect(inputs.expiresIn).toBe(1_000);
  vi.advanceTimersByTime(100);
  prepare('quick');
  expect(inputs.expiresIn).toBe(400);
  vi.advanceTimersByTime(500);
  expect(inputs.expiresIn).toBe(0);
});

test('variables and files are read as without resolvers, the files of a reload again', () => {
  const at = folder({ 'token.txt': 'one' });
  const inputs = inputsOf({ vault: counting({ needs: ['region'] }), other: counting() }, at.path, { HOME: '/home' });
  const texts = (from: ExpressionInputs): readonly unknown[] => [from.variable('HOME'), from.file('token.txt')];
  const read = (again?: ExpressionInputs): readonly unknown[] => {
    let found: readonly unknown[] = [];
    inputs.prepare((from) => {
      found = texts(from);
      expect([from.needs('vault'), from.needs('other')]).toEqual([['region'], []]);
    }, again);
    return found;
  };
  const [one, two] = ['one', 'two'].map((text) => ['/home', { text, location: 'token.txt' }]);
  expect([texts(inputs), read(), inputs.paths]).toEqual([one, one, [join(at.path, 'token.txt')]]);
  at.write('token.txt', 'two');
  const again = inputs.again();
  expect([read(again), texts(again), read()]).toEqual([two, two, one]);
  inputs.accept();
  expect(read()).toEqual(two);
});
