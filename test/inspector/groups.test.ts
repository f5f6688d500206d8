// In a process of its own: Playwright replaces functions of node:fs.
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { type Folder, folder } from '../folder.ts';
import { axeFindings, chromiumPath, closeBrowser, newPage, row, startUi } from './browser.ts';

vi.setConfig({ testTimeout: 60_000 });
afterAll(closeBrowser);

const INDEX = new URL('../../dist/index.mjs', import.meta.url).href;
const SECRET = 'sk_live_do_not_show_me';

const DEFINITION = `import { defineConfig, each, eachOf, variants } from ${JSON.stringify(INDEX)};
export default defineConfig({ name: 'shop', file: 'app.json', files: ['base.json'], envPrefix: 'SHOP', settings: {
  port: 80,
  databases: each({
    url: { doc: 'Where the database is', format: 'url', default: null },
    pool: { format: 'nat', default: 10, max: 100 },
    password: { format: String, default: '', sensitive: true },
    auth: variants('kind', { none: {}, cert: { path: { format: String, default: null } } }),
  }),
  servers: eachOf({ host: { format: String, default: null }, port: { format: 'port', default: 80 } }),
  vaults: each({ token: { format: String, default: null, sensitive: true } }),
} });`;

const BASE = '{ "databases": { "us": { "url": "http://us", "pool": 5 } }, "servers": [{ "host": "z" }] }\n';
const APP = `{
  "databases": {
    "eu": { "url": "http://eu", "password": "${SECRET}" } // the first
  }
}
`;

function project({ base = BASE, app = APP } = {}): Folder {
  const files = {
    'varve.config.mjs': DEFINITION.replace("'app.json'", "'app.jsonc'"),
    'base.json': base,
    'app.jsonc': app,
  };
  return folder(files);
}

async function open(
  page: Page,
  at: Folder,
  { words = ['--write'], env = {} }: { words?: string[]; env?: NodeJS.ProcessEnv } = {},
) {
  const ui = await startUi(at.path, words, env);
  await page.goto(ui.address);
  await page.getByRole('grid').waitFor();
  return ui;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Shows the diff of a change that a button begins. */
async function diffOf(page: Page, name: string): Promise<string> {
  await button(page, name).click();
  const changes = page.getByRole('group', { name: 'Changes to save' });
  await changes.waitFor();
  const [text = ''] = await changes.allInnerTexts();
  return text.replaceAll('\n', ' ').replace(' SaveCancel', '').replace(' Save Cancel', '');
}

async function save(page: Page): Promise<void> {
  await button(page, 'Save').click();
  await page.getByText('Saved.').waitFor();
}

/** Undoes the last save; the file has its bytes from before it again. */
async function undo(page: Page, at: Folder, before = APP): Promise<void> {
  await button(page, 'Undo the last save').click();
  await page.getByText('The last save was undone.').waitFor();
  expect(at.read('app.jsonc')).toBe(before);
}

describe.skipIf(chromiumPath() === undefined)('groups by name and lists of groups in Chromium', () => {
  test('a row for each group, with the names that each layer gives; live updates keep the order', async () => {
    const page = await newPage();
    const at = project();
    await open(page, at, { words: [], env: { SHOP_DATABASES__US__POOL: '6' } });
    await page.getByText('11 settings', { exact: true }).waitFor();
    const cells = async () => (await row(page, 'databases').getByRole('gridcell').allInnerTexts()).join('|');
    expect((await cells()).replaceAll(/\s+/g, ' ')).toBe('2 members|– absent|us merged|eu merged|us merged');
    at.write('app.jsonc', APP.replace('"eu"', '"ap": { "url": "http://ap" }, "eu"'));
    await row(page, 'databases.ap.url').waitFor();
    expect(await page.getByRole('rowheader').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('databases.us.url')]),
    );
    const keys = await page.locator('[role=row] .key').allInnerTexts();
    expect(keys.indexOf('databases.ap.url')).toBeLessThan(keys.indexOf('servers'));
    await row(page, 'databases').click();
    await page.getByRole('heading', { name: 'databases' }).waitFor();
    expect(await page.getByRole('button', { name: /^(Add|Remove)/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'pool' }).first().click();
    await page.getByRole('heading', { name: 'databases.us.pool' }).waitFor();
    await button(page, 'All of databases').click();
    await page.getByRole('heading', { name: 'databases', exact: true }).waitFor();
  });

  test('adds a member by keyboard alone: its required settings, those of the chosen variant, and what stays at its default', async () => {
    const page = await newPage();
    const at = project();
    await open(page, at);
    await row(page, 'port').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('aside h2:focus').waitFor();
    await button(page, 'Add a member').press('Enter');
    await page.locator('input:focus').waitFor();
    await page.keyboard.type('ap');
    await page.keyboard.press('Tab');
    await page.keyboard.type('not a url');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'databases.ap.url' }).waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('http://ap');
    await page.keyboard.press('Tab');
    await page.keyboard.type('c');
    await page.getByRole('textbox', { name: 'auth.path' }).fill('/cert');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Enter');
    const changes = page.getByRole('group', { name: 'Changes to save' });
    await changes.and(page.locator(':focus')).waitFor();
    const [text = ''] = await changes.allInnerTexts();
    expect(text.split('\n').slice(0, -1)).toEqual([
      ...['databases.ap.url', 'not set', 'http://ap'],
      ...['databases.ap.auth.kind', 'not set', 'cert'],
      ...['databases.ap.auth.path', 'not set', '/cert'],
      'databases.ap will exist, with:',
      'databases.ap.pool = 10, from the default',
      'databases.ap.password = ********, from the default',
    ]);
    expect(at.read('app.jsonc')).toBe(APP);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Saved.').waitFor();
    await page.locator('button[aria-expanded=false]:focus').waitFor();
    expect(at.read('app.jsonc')).toContain('"ap": {');
    expect(at.read('app.jsonc')).toContain('// the first');
    await row(page, 'databases.ap.auth.path').waitFor();
    await undo(page, at);
    expect(await axeFindings(page)).toEqual([]);
  });

  test('removes a member: of the file, of a lower layer by null, what the file has of it, and one that a variable gives', async () => {
    const page = await newPage();
    const app = APP.replace('"eu"', '"us": { "pool": 7 }, "eu"');
    const at = project({ app });
    await open(page, at, { env: { SHOP_DATABASES__AP__URL: 'http://ap' } });
    await row(page, 'databases').click();
    expect(await diffOf(page, 'Remove eu …')).toBe(
      'databases.eu.url http://eu not set databases.eu.password ******** not set databases.eu will no longer exist.',
    );
    expect(await page.content()).not.toContain(SECRET);
    await save(page);
    expect(at.read('app.jsonc')).not.toContain('"eu"');
    await undo(page, at, app);
    expect(await diffOf(page, 'Remove us from the file …')).toMatch(
      /^databases\.us\.pool 7 not set databases\.us will stay, with: databases\.us\.url = http:\/\/us, from base\.json:1:33 databases\.us\.pool = 5/,
    );
    await button(page, 'Cancel').click();
    await page.getByRole('button', { name: 'Remove us from the file …' }).and(page.locator(':focus')).waitFor();
    expect(await diffOf(page, 'Remove us …')).toBe(
      'databases.us.pool 7 not set databases.us not set null databases.us will no longer exist.',
    );
    await save(page);
    expect(at.read('app.jsonc')).toContain('"us": null');
    expect(await diffOf(page, 'Restore us …')).toMatch(/^databases\.us null not set databases\.us will exist, with:/);
    await undo(page, at, app);
    await page.getByText('Remove it where it is given: env SHOP_DATABASES__AP__URL.').waitFor();
  });

  test('appends an element, removes one so that those behind it move, and says why one of a lower layer stays', async () => {
    const page = await newPage();
    const at = project();
    await open(page, at);
    await row(page, 'servers').click();
    await page.getByText(/^base\.json:1:\d+ has the list\./).waitFor();
    await button(page, 'Add an element').click();
    await page.getByRole('textbox', { name: 'host' }).fill('b');
    await page.getByText('Settings with a default (1)').click();
    await page.getByRole('textbox', { name: 'port' }).fill('81');
    expect(await diffOf(page, 'Show the diff')).toBe(
      'servers.1.host not set b servers.1.port not set 81 servers.1 will exist.',
    );
    await save(page);
    await button(page, 'Remove 1 …').waitFor();
    await undo(page, at);
    const list = '{ "servers": [{ "host": "a" }, { "host": "b", "port": 81 }] }\n';
    at.write('app.jsonc', list);
    expect(await diffOf(page, 'Remove 0 …')).toMatch(/servers\.1 will become servers\.0\.$/);
    await save(page);
    expect(at.read('app.jsonc')).toBe('{ "servers": [{ "host": "b", "port": 81 }] }\n');
    await undo(page, at, list);
  });

  test('refuses a name that exists, a secret, and a save after another writer added the same member', async () => {
    const page = await newPage();
    const at = project({ base: '{}' });
    const ui = await open(page, at);
    await row(page, 'databases').click();
    await button(page, 'Add a member').click();
    await page.getByRole('textbox', { name: 'Name' }).fill('eu');
    await page.getByRole('textbox', { name: 'url' }).fill('http://ap');
    await button(page, 'Show the diff').click();
    await page.getByRole('alert').filter({ hasText: 'databases.eu: is a member already' }).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('ap');
    await diffOf(page, 'Show the diff');
    const other = APP.replace('"eu"', '"ap": { "pool": 1, "url": "http://other" }, "eu"');
    at.write('app.jsonc', other);
    await button(page, 'Save').click();
    await page.getByRole('alert').filter({ hasText: 'changed by another writer' }).waitFor();
    expect(at.read('app.jsonc')).toBe(other);
    const sent = await page.evaluate(async () => {
      const body = JSON.stringify({ group: 'vaults', name: 'a', texts: { token: 'typed' } });
      const { status, ...answer } = await fetch('api/preview', { method: 'POST', body });
      return { status, ...answer };
    });
    expect(sent.status).toBe(422);
    await row(page, 'vaults').click();
    await button(page, 'Add a member').click();
    await page.getByText('Add the member by: varve set vaults.NAME --stdin --json-value').waitFor();
    expect(ui.child.exitCode).toBe(null);
  });

  test.each([
    ['360 px', { width: 360, height: 740 }, 'dark'],
    ['4K', { width: 3840, height: 2160 }, 'light'],
  ] as const)('the form and its diff fit into %s', async (_, viewport, colorScheme) => {
    const page = await newPage({ viewport, colorScheme });
    await open(page, project());
    await row(page, 'databases').click();
    await button(page, 'Add a member').click();
    await page.getByRole('textbox', { name: 'Name' }).fill('a-name-that-is-longer-than-the-others-'.repeat(3));
    await page.getByRole('textbox', { name: 'url' }).fill('http://ap');
    await page.getByText('Settings with a default (2)').click();
    await diffOf(page, 'Show the diff');
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(await axeFindings(page)).toEqual([]);
  });
});
