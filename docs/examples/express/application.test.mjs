import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { loadConfigSync } from 'varve';
import { application } from './application.mjs';
import { definition } from './definition.mjs';

test('the greeting is configured, and an override takes effect at once', async (t) => {
  const config = loadConfigSync(definition, { env: { GREETER_GREETING: 'Moin' }, argv: [], cwd: '/nonexistent' });
  const server = application(config).listen(0);
  t.after(() => server.close());
  await once(server, 'listening');
  const hello = async () => (await fetch(`http://localhost:${server.address().port}/hello/Ada`)).text();
  assert.equal(await hello(), 'Moin, Ada!');
  config.override('greeting', 'Good day');
  assert.equal(await hello(), 'Good day, Ada!');
});
