import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAllowed } from '../../src/mcp/options.ts';
import { randomInputs } from '../random-inputs.ts';

/** The same pattern as a regular expression. */
function regExpOf(pattern: string): RegExp {
  const parts = pattern
    .split(/(\*\*|\*)/)
    .map((part) => ({ '**': '.*', '*': '[^.]*' })[part] ?? part.replace(/\./g, '\\.'));
  return new RegExp(`^${parts.join('')}$`, 's');
}

test('* matches within one name, ** any part of a key', () => {
  const pattern = fc.array(fc.constantFrom('*', '**', 'a', 'b', '.'), { maxLength: 6 }).map((parts) => parts.join(''));
  const key = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 8 }).map((letters) => letters.join(''));
  fc.assert(
    fc.property(pattern, key, (one, name) => {
      expect(isAllowed(name, [one])).toBe(regExpOf(one).test(name));
    }),
    { numRuns: randomInputs(1_000) },
  );
});

test('a pattern with several ** costs no time that grows with each of them', () => {
  const before = process.cpuUsage();
  expect(isAllowed(`x.${'a'.repeat(1_000)}`, ['**a**a**a**a**a**a**b', '*a*a*a*a*a*a*b'])).toBe(false);
  const { user, system } = process.cpuUsage(before);
  expect(user + system).toBeLessThan(1_000_000);
});
