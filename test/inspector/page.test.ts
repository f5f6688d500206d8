// In a process of its own: Playwright replaces functions of node:fs.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { folder } from '../folder.ts';
import { axeFindings, chromiumPath, closeBrowser, newPage, row, startUi } from './browser.ts';
import { project, SECRET, storeProject } from './project.ts';

vi.setConfig({ testTimeout: 60_000 });
const INDEX = new URL('../../dist/index.mjs', import.meta.url).href;
const ENV = { SHOP_HTTP__OPTION_2: '2222', SHOP_MAIL__OPTION_1: 'many' };
const FLAGS = ['--queue.option-1', '77'];

afterAll(closeBrowser);

async function open(page: Page, words: readonly string[] = [], at = project(INDEX), flags = FLAGS) {
  const ui = await startUi(at.path, words, ENV, flags);
  await page.goto(ui.address);
  await page.getByRole('grid').waitFor();
  return { ui, at };
}

describe.skipIf(chromiumPath() === undefined)('the page in Chromium', () => {
  test('shows the layers, and explains why a setting has its value', async () => {
    const page = await newPage();
    await open(page);
    expect(await page.getByText('307 settings', { exact: true }).count()).toBe(1);
    await page.getByRole('searchbox').fill('http.option_2');
    const cells = await row(page, 'http.option_2').getByRole('gridcell').allInnerTexts();
    expect(cells.map((cell) => cell.replaceAll(/\s+/g, ' ').trim())).toEqual(
      expect.arrayContaining(['2222 from env', '2 shadowed', '12 shadowed', '22 shadowed', '2222 wins']),
    );
    await row(page, 'http.option_2').click();
    const details = page.getByRole('complementary', { name: 'Details' });
    await details.getByText('Without it: 22, from file config/app.json:5:17').waitFor();
    expect(await details.getByText('Without it: no change').count()).toBe(3);
    await details.getByText('Change SHOP_HTTP__OPTION_2 in the environment of the program.').waitFor();
    for (const text of [
      'config/app.json:5:17',
      'config/base.json:4:17',
      'SHOP_HTTP__OPTION_2',
      '--http.option-2',
      'nat',
    ])
      expect(await details.getByText(text).count(), text).toBeGreaterThan(0);
  });

  test('filters, and is used by keyboard alone', async () => {
    const page = await newPage();
    await open(page);
    await page.getByRole('button', { name: /^Flag/ }).click();
    expect(await page.getByText('1 of 307 settings').count()).toBe(1);
    await page.getByRole('searchbox').fill('trust');
    await page.getByText('No setting matches.').waitFor();
    expect(await page.getByRole('button', { name: /^Not default/ }).textContent()).toBe('Not default 1');
    await page.getByRole('button', { name: 'Show all settings' }).click();
    await page.getByText('307 settings', { exact: true }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('option_1');
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    for (let i = 0; i < 20 && !(await page.locator('[role=row]:focus').count()); i++) await page.keyboard.press('Tab');
    const first = (await page.locator('[role=row]:focus').textContent()) ?? '';
    await page.keyboard.press('ArrowDown');
    await page.locator('[role=row][data-index="1"]:focus').waitFor();
    const second = (await page.locator('[role=row]:focus').textContent()) ?? '';
    expect(second).not.toBe(first);
    await page.keyboard.press('Enter');
    const heading = page.locator('aside h2');
    await heading.waitFor();
    expect(second).toContain((await heading.textContent()) ?? '');
    await page.keyboard.press('Escape');
    await heading.waitFor({ state: 'detached' });
  });

  test('follows a change of the file, also one that a variable overrides', async () => {
    const page = await newPage();
    const { at } = await open(page);
    await page.getByRole('searchbox').fill('option_2');
    const text = at.read('config/app.json');
    at.write('config/app.json', text.replace('"option_2": 22', '"option_2": 23'));
    await row(page, 'http.option_2').getByText('23', { exact: true }).waitFor();
    at.write('config/app.json', '{ broken');
    await page.getByText('config/app.json is not valid JSON').first().waitFor();
    at.write('config/app.json', text);
    await row(page, 'http.option_2').getByText('22', { exact: true }).waitFor();
  });

  test('shows a change that comes between its first read and its live updates', async () => {
    const page = await newPage();
    const at = project(INDEX);
    await page.route('**/api/events', async (route) => {
      await page.getByRole('grid').waitFor();
      at.write('config/app.json', at.read('config/app.json').replace('"option_2": 22', '"option_2": 23'));
      await route.continue();
    });
    await open(page, [], at);
    await page.getByRole('searchbox').fill('option_2');
    await row(page, 'http.option_2').getByText('23', { exact: true }).waitFor({ timeout: 10_000 });
    await page.unroute('**/api/events');
  });

  test('edits the file: diff, override warning, save, conflict and undo', async () => {
    const page = await newPage();
    const { at } = await open(page, ['--write']);
    const before = at.read('config/app.json');
    await page.getByRole('searchbox').fill('http.option_2');
    await row(page, 'http.option_2').click();
    const box = page.getByRole('textbox', { name: 'Value in the file' });
    expect(await box.inputValue()).toBe('22');
    await box.fill('abc');
    await page.getByRole('button', { name: 'Show the diff' }).click();
    await page.getByRole('alert').filter({ hasText: 'abc' }).waitFor();
    await box.fill('99');
    await page.getByRole('button', { name: 'Show the diff' }).click();
    await page.getByText('no effect now').waitFor();
    expect(at.read('config/app.json')).toBe(before);
    at.write('config/app.json', before.replace('"option_2": 22', '"option_2": 50'));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const conflict = page.getByRole('alert').filter({ hasText: 'another writer' });
    await conflict.waitFor();
    expect((await conflict.textContent()) ?? '').toMatch(/the file has 50, you want 99/);
    at.write('config/app.json', before);
    await page.getByRole('button', { name: 'Show the diff' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved.').waitFor();
    expect(at.read('config/app.json')).toBe(before.replace('"option_2": 22', '"option_2": 99'));
    await page.getByRole('button', { name: 'Undo the last save' }).click();
    await page.getByText('The last save was undone.').waitFor();
    expect(at.read('config/app.json')).toBe(before);
  });

  test('shows the text of the file, and can undo the last save while another setting is open', async () => {
    const page = await newPage();
    const at = folder({
      'varve.config.mjs': `import { defineConfig } from ${JSON.stringify(INDEX)};
export default defineConfig({ name: 'disk', file: 'app.json', settings: {
  maxSize: { format: 'bytes', default: '1MiB' }, port: 1, token: { format: String, default: '', sensitive: true },
} });`,
      'app.json': '{ "maxSize": "512MiB" }\n',
    });
    await open(page, ['--write'], at, []);
    const box = page.getByRole('textbox', { name: 'Value in the file' });
    const diff = page.getByRole('button', { name: 'Show the diff' });
    await row(page, 'maxSize').click();
    await box.waitFor();
    expect(await box.inputValue()).toBe('512MiB');
    await diff.click();
    await page.getByText('The file has this value already.').waitFor();
    await box.fill('1GiB');
    await diff.click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved.').waitFor();
    expect(at.read('app.json')).toBe('{ "maxSize": "1GiB" }\n');
    await page.reload();
    await row(page, 'token').click();
    await page.getByText('A sensitive setting').waitFor();
    expect(await page.getByRole('button', { name: 'Undo the last save (maxSize)' }).count()).toBe(1);
    await row(page, 'port').click();
    await page.getByRole('button', { name: 'Undo the last save (maxSize)' }).click();
    await page.getByText('The last save was undone.').waitFor();
    expect(at.read('app.json')).toBe('{ "maxSize": "512MiB" }\n');
  });

  test('shows what a save does beside a deprecated name, keeps unsaved texts, and opens the setting of an unknown key', async () => {
    const page = await newPage({ viewport: { width: 1000, height: 500 } });
    const at = folder({
      'varve.config.mjs': `import { defineConfig } from ${JSON.stringify(INDEX)};
export default defineConfig({ name: 'trial', file: 'app.json', settings: {
  cache: { ttl: { format: 'duration', default: '1m', aliases: ['cache.lifetime'] } }, queue: { retries: 3 },
} });`,
      'app.json': '{ "cache": { "lifetime": "5 minutes" }, "queue": { "retrys": 4 } }\n',
    });
    await open(page, ['--write'], at, []);
    await row(page, 'cache.ttl').click();
    const details = page.getByRole('complementary', { name: 'Details' });
    await details.getByText(/^is set by its deprecated name cache.lifetime/).waitFor();
    const box = page.getByRole('textbox', { name: 'Value in the file' });
    await box.fill('10 minutes');
    await page.getByText('2 warnings').click();
    await page.getByRole('button', { name: 'queue.retrys' }).click();
    await page.getByRole('heading', { name: 'queue.retries' }).waitFor();
    await row(page, 'cache.ttl').click();
    await page.getByRole('heading', { name: 'cache.ttl' }).waitFor();
    expect(await box.inputValue()).toBe('10 minutes');
    await page.getByRole('button', { name: 'Show the diff' }).click();
    const lines = details.locator('.differences li');
    await lines.nth(1).waitFor();
    expect((await lines.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([
      'cache.lifetime 5 minutes (stays in the file, without effect)',
      'cache.ttl not set 10 minutes',
    ]);
    const save = await page.getByRole('button', { name: 'Save', exact: true }).boundingBox();
    expect((save?.y ?? 1_000) + (save?.height ?? 0)).toBeLessThanOrEqual(500);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved.').waitFor();
    const saved = at.read('app.json');
    at.write('app.json', saved.replace('"retrys": 4', '"retrys": 5'));
    await page.getByRole('button', { name: 'Undo the last save' }).click();
    await page.getByRole('alert').filter({ hasText: 'changed by another writer' }).waitFor();
    expect(at.read('app.json')).toContain('"retrys": 5');
    at.write('app.json', saved);
    await page.getByRole('button', { name: 'Undo the last save' }).click();
    await page.getByText('The last save was undone.').waitFor();
    expect(at.read('app.json')).toBe('{ "cache": { "lifetime": "5 minutes" }, "queue": { "retrys": 4 } }\n');
    at.write('app.json', `\n${at.read('app.json').replace('"retrys": 4', '"retries": 4')}`);
    await row(page, 'queue.retries').and(page.locator('.changed')).waitFor();
    expect(await row(page, 'cache.ttl').and(page.locator('.changed')).count()).toBe(0);
  });

  test('keeps the focus when the edit box, a draft or the panel closes', async () => {
    const page = await newPage();
    await open(page, ['--write']);
    const focused = (selector: string) => page.locator(`${selector}:focus`).waitFor();
    await row(page, 'http.option_4').click();
    await page.getByRole('textbox', { name: 'Value in the file' }).fill('45');
    await page.keyboard.press('Escape');
    await focused('.editor button');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
    await page.getByText('Saved.').waitFor();
    await focused('.editor button');
    await page.getByRole('button', { name: 'Undo the last save' }).press('Enter');
    await page.getByText('The last save was undone.').waitFor();
    await focused('.editor button');
    await page.keyboard.press('Escape');
    await page.locator('aside').waitFor({ state: 'detached' });
    expect(await page.locator('[role=row]:focus').textContent()).toContain('http.option_4');
  });

  test('two inspectors on one machine keep their own sessions', async () => {
    const page = await newPage();
    await open(page);
    const first = page.url();
    await open(page);
    await page.goto(first);
    await page.getByRole('grid').waitFor();
  });

  test('a diff shows every space, and names that look alike differ', async () => {
    const page = await newPage();
    const at = folder({
      'varve.config.mjs': `import { defineConfig, each } from ${JSON.stringify(INDEX)};
export default defineConfig({ name: 'alike', file: 'app.json', settings: { text: '', servers: each({ host: '' }) } });`,
      'app.json': '{ "text": "a b", "servers": { "c": { "host": "x" }, "c\\u200b": { "host": "y" } } }\n',
    });
    await open(page, ['--write'], at, []);
    await row(page, 'text').click();
    await page.getByRole('textbox', { name: 'Value in the file' }).fill('a  b');
    await page.getByRole('button', { name: 'Show the diff' }).click();
    const lines = page.getByRole('group', { name: 'Changes to save' }).locator('del, ins');
    await lines.first().waitFor();
    expect(await lines.allInnerTexts()).toEqual(['a b', 'a  b']);
    await row(page, 'servers').click();
    await page.getByRole('button', { name: 'Remove c\\u200b …' }).click();
    await page.getByRole('group', { name: 'Changes to save' }).getByText('servers.c\\u200b.host').waitFor();
  });

  test('a diff says that the save also migrates the file', async () => {
    const page = await newPage();
    const at = folder({
      'varve.config.mjs': `import { defineConfig } from ${JSON.stringify(INDEX)};
export default defineConfig({ name: 'old', file: 'app.json', version: 2, settings: { lr: 0.5 },
  migrations: { 2: ({ rate }) => ({ lr: rate }) } });`,
      'app.json': '{ "rate": 0.1 }\n',
    });
    await open(page, ['--write'], at, []);
    await row(page, 'lr').click();
    await page.getByRole('textbox', { name: 'Value in the file' }).fill('0.2');
    await page.getByRole('button', { name: 'Show the diff' }).click();
    await page.getByRole('group', { name: 'Changes to save' }).getByText('app.json is of version 1').waitFor();
  });

  test('compares with the snapshot of a run', async () => {
    const page = await newPage();
    const { at } = await open(page);
    const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
    const words = ['run', '--snapshot', 'run.json', '--', process.execPath, '-e', ''];
    spawnSync(process.execPath, [main, ...words], { cwd: at.path, env: { PATH: process.env['PATH'] } });
    const input = page.locator('input[type=file]');
    await input.setInputFiles(join(at.path, 'run.json'));
    await page.getByRole('heading', { name: 'Snapshot of shop' }).waitFor();
    const details = page.getByRole('complementary', { name: 'Details' });
    expect(await details.locator('li').filter({ hasText: 'http.option_2' }).locator('del').textContent()).toBe('22');
    expect(await details.locator('li').filter({ hasText: 'http.option_2' }).locator('ins').textContent()).toBe('2222');
    expect(await details.textContent()).toContain('Secrets not compared without a fingerprint key: ');
    await input.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"name":"x"}') });
    await page.getByRole('alert').filter({ hasText: 'must be the JSON of a snapshot' }).waitFor();
    await input.setInputFiles(join(at.path, 'run.json'));
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await input.focus();
    await page.keyboard.press('/');
    await page.locator('input[type=search]:focus').waitFor();
  });

  test('shows the history of a store that keeps one, with what the page saves', async () => {
    const page = await newPage();
    await open(page, ['--write'], storeProject(INDEX));
    await page.getByRole('button', { name: 'History' }).click();
    const versions = page.locator('.versions > li');
    await versions.nth(3).waitFor();
    const texts = async () => (await versions.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
    const [newest, third, broken, first] = await texts();
    expect(newest).toMatch(/^ada .* 4 note 4 token not set \*{8}$/);
    expect(third).toMatch(/note 3 It cannot be compared/);
    expect(broken).toMatch(/note 2 It cannot be compared/);
    expect(first).toMatch(/note 1 lr not set 0.1$/);
    expect(await page.content()).not.toContain(SECRET);
    expect(await axeFindings(page)).toEqual([]);
    await row(page, 'lr').click();
    await page.getByRole('textbox', { name: 'Value in the file' }).fill('0.3');
    await page.getByRole('button', { name: 'Show the diff' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('button', { name: 'History' }).click();
    await versions.nth(4).waitFor();
    expect((await texts())[0]).toMatch(/^varve ui .* 5 lr 0.2 0.3$/);
  });

  test('offers no history of a file, which keeps none', async () => {
    const page = await newPage();
    await open(page);
    expect(await page.getByRole('button', { name: 'History' }).count()).toBe(0);
  });

  test('shows hostile and foreign texts as text', async () => {
    const page = await newPage();
    await open(page);
    await page.getByRole('searchbox').fill('markup');
    await row(page, 'markup').click();
    await page.locator('aside pre').getByText('<script>alert(1)</script>').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    await page.getByRole('searchbox').fill('挨拶');
    await row(page, 'greeting').waitFor();
  });

  test('axe finds nothing, in light and dark, with and without details', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await newPage({ colorScheme });
      await open(page, ['--write']);
      expect(await axeFindings(page)).toEqual([]);
      await row(page, 'trust_threshold').click();
      await page.getByRole('heading', { name: 'trust_threshold' }).waitFor();
      await page.getByRole('button', { name: /^Not default/ }).click();
      expect(await axeFindings(page)).toEqual([]);
    }
  });

  test('10,000 settings: only the visible rows are in the document, and the last one is reached', async () => {
    const page = await newPage();
    await open(page, [], project(INDEX, 1_000));
    const grid = page.getByRole('grid');
    expect(await grid.getAttribute('aria-rowcount')).toBe('10008');
    expect(await page.getByRole('row').count()).toBeLessThan(80);
    await page.getByRole('row').nth(1).focus();
    await page.keyboard.press('End');
    await page.getByText('billing.option_999', { exact: true }).waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(80);
    // The table is at its end: fewer rows begin at the top.
    await page.getByRole('searchbox').fill('billing.option_2');
    await page.getByText('billing.option_2', { exact: true }).waitFor();
    await page.getByRole('searchbox').fill('billing.option_998');
    await page.getByText('1 of 10007 settings').waitFor();
    await page.getByText('billing.option_998', { exact: true }).waitFor();
  });

  test('the secret is nowhere in the page, and it loads nothing from elsewhere', async () => {
    const page = await newPage();
    const urls: string[] = [];
    const bodies: string[] = [];
    page.on('response', async (response) => {
      urls.push(response.url());
      if (!response.url().includes('events') && response.status() === 200)
        bodies.push(await response.text().catch(() => ''));
    });
    const { ui } = await open(page);
    await row(page, 'token').click();
    await page.getByRole('heading', { name: 'token' }).waitFor();
    expect(await page.content()).not.toContain(SECRET);
    expect(bodies.join('\n')).toContain('********');
    expect(bodies.join('\n')).not.toContain(SECRET);
    expect(urls.filter((url) => !url.startsWith(ui.base))).toEqual([]);
  });
});
