import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Explanation } from '../../src/index.ts';
import { VARVE } from '../cli/golden.ts';
import { Shell } from '../cli/shell.ts';

const LAYOUTS = fileURLToPath(new URL('../../docs/examples/layouts/', import.meta.url));

/** A layout, the variables of its start, and where `varve explain` says that the value of each setting was written. */
const CASES: readonly (readonly [string, Record<string, string>, Record<string, string>])[] = [
  [
    'node-config',
    { NODE_ENV: 'production', CHAT_SECRET: 'not a real secret' },
    {
      host: 'config/production.json:2:11',
      port: 'config/default.json:3:11',
      'page.size': 'config/production.json:3:21',
      'page.most': 'config/local-production.json:2:21',
      'authentication.secret': 'process.env CHAT_SECRET',
    },
  ],
  [
    'spring',
    { PROFILES_ACTIVE: 'mysql', DATASOURCE_PASSWORD: 'not a real secret' },
    {
      'server.port': 'config/application.yml:3:9',
      'datasource.url': 'application-mysql.yml:2:8',
      'datasource.username': 'application-mysql.yml:3:13',
      'datasource.password': 'process.env DATASOURCE_PASSWORD',
      'tracing.endpoint': 'schema',
    },
  ],
  [
    'kubernetes',
    {},
    {
      port: 'volumes/settings/MAILER_PORT',
      'smtp.host': 'volumes/file/mailer.yaml:2:9',
      'smtp.username': 'volumes/file/mailer.yaml:3:13',
      'smtp.password': 'volumes/secrets/smtp.password',
      retries: 'volumes/settings/retries',
    },
  ],
];

function shellOf(layout: string): Shell {
  const shell = new Shell({});
  cpSync(join(LAYOUTS, layout), shell.folder.path, { recursive: true });
  const definition = join(shell.folder.path, 'varve.config.mjs');
  writeFileSync(definition, readFileSync(definition, 'utf8').replace("'varve'", `'${VARVE}'`));
  return shell;
}

test.each(CASES)('%s: varve names the file and the line of each value', async (layout, env, locations) => {
  const shell = shellOf(layout);
  for (const [key, location] of Object.entries(locations)) {
    const { stdout } = await shell.run(['explain', key, '--json'], { env });
    const { winner } = JSON.parse(stdout) as Explanation;
    const named = winner?.location === 'process.env' ? `process.env ${winner.name}` : (winner?.location ?? '');
    expect(`${key} ${named.startsWith('/') ? relative(shell.folder.path, named) : named}`).toBe(`${key} ${location}`);
  }
  expect((await shell.run(['validate'], { env })).code).toBe(0);
});

test('a rule of a layout holds in it', async () => {
  const { code, stderr } = await shellOf('spring').run(['validate'], { env: { PROFILES_ACTIVE: 'mysql' } });
  expect(code).toBe(3);
  expect(stderr).toContain('datasource.password is required when datasource.username is set');
});
