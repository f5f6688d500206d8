import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RedactedStream, redactSecrets } from '../src/secret-texts.ts';

/** What a stream writes for the chunks. */
function streamed(chunks: readonly string[], secrets: readonly string[]): string {
  const stream = new RedactedStream(secrets);
  return chunks.map((chunk) => stream.push(chunk)).join('') + stream.end();
}

test('chunks are redacted as the whole text is', () => {
  const letters = fc.constantFrom('a', 'b', '*');
  const secret = fc.string({ unit: letters, minLength: 4, maxLength: 7 });
  const cases = fc.array(secret, { minLength: 1, maxLength: 3 }).chain((secrets) => {
    const part = fc.oneof(fc.constantFrom(...secrets), fc.string({ unit: letters, maxLength: 3 }), fc.constant(' '));
    return fc.record({ secrets: fc.constant(secrets), chunks: fc.array(part, { maxLength: 8 }) });
  });
  fc.assert(
    fc.property(cases, fc.nat(12), ({ secrets, chunks }, cut) => {
      const whole = chunks.join('');
      const parts = [whole.slice(0, cut), ...whole.slice(cut)];
      expect(streamed(chunks, secrets)).toBe(redactSecrets(whole, secrets));
      expect(streamed(parts, secrets)).toBe(redactSecrets(whole, secrets));
    }),
    { numRuns: 1_000 },
  );
});

test('a text that overlaps a secret again and again is written in its turn', () => {
  const stream = new RedactedStream(['abab']);
  expect(stream.push('x')).toBe('x');
  expect(stream.push('ababab')).toBe('********');
  for (let i = 0; i < 1_000; i += 1) expect(stream.push('ab')).toBe('');
  expect(stream.push('x')).toBe('x');
  expect(stream.end()).toBe('');
});
