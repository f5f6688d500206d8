import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ConfigError, loadConfig, loadConfigSync } from 'varve';
import { definition, total } from './checkout.mjs';

/** A configuration of this test alone: everything that is read is a parameter. */
const configured = (env = {}, argv = []) =>
  loadConfigSync(definition, { env: { SHOP_PAYMENT__KEY: 'test', ...env }, argv, cwd: '/nowhere' });

describe('the total', { concurrency: true }, () => {
  test('has the shipping', () => assert.equal(total(configured(), 1000), 1490));

  test('has none from a limit on', () => {
    const config = configured();
    config.override('free_from', 1000); // typed, checked, and of this configuration alone
    assert.equal(total(config, 1000), 1000);
    assert.equal(total(config, 999), 1489);
  });

  for (const [text, expected] of [
    ['0', 1000],
    ['1', 1001],
    ['700', 1700],
  ]) {
    test(`with SHOP_SHIPPING=${text}`, () => assert.equal(total(configured({ SHOP_SHIPPING: text }), 1000), expected));
  }

  test('with a flag over the variable', () => {
    assert.equal(total(configured({ SHOP_SHIPPING: '1' }, ['--shipping', '2']), 1000), 1002);
  });
});

test('a wrong variable is an error, not a guess', () => {
  assert.throws(
    () => configured({ SHOP_SHIPPING: 'five' }),
    (error) => error instanceof ConfigError && error.code === 'INVALID_VALUE' && error.issues[0].key === 'shipping',
  );
});

test('without its key the shop does not open', () => {
  assert.throws(() => loadConfigSync(definition, { env: {}, argv: [], cwd: '/nowhere' }), /payment\.key: is required/);
});

test('saving writes into a folder of the test', async (context) => {
  const cwd = mkdtempSync(join(tmpdir(), 'shop-'));
  context.after(() => rmSync(cwd, { recursive: true }));
  const config = await loadConfig(definition, { env: { SHOP_PAYMENT__KEY: 'test' }, argv: [], cwd });
  config.set('shipping', 390);
  await config.save();
  assert.deepEqual(JSON.parse(readFileSync(join(cwd, 'shop.json'), 'utf8')), { shipping: 390 });
});
