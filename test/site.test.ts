// In a process of its own: Playwright replaces functions of node:fs.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chromiumPath, closeBrowser, newPage } from './inspector/browser.ts';

vi.setConfig({ testTimeout: 60_000 });

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SITE = join(ROOT, 'site');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/** Whether `npm run docs:site` has built the site. CI requires it by `VARVE_REQUIRE_SITE=1`. */
function isBuilt(): boolean {
  if (existsSync(join(SITE, 'index.html'))) return true;
  const message = 'The site is NOT tested in a browser: build it by npm run docs:site.';
  if (process.env['VARVE_REQUIRE_SITE'] === '1') throw new Error(message);
  console.warn(message);
  return false;
}

/** The file of an address; a page has an address without its extension. */
const fileOf = (path: string): string | undefined =>
  [path, `${path}.html`, join(path, 'index.html')]
    .map((name) => join(SITE, name))
    .find((name) => extname(name) !== '' && existsSync(name));

const htmlFiles = (): readonly string[] =>
  readdirSync(SITE, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.html'));

let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer(({ url = '/' }, response) => {
    const file = fileOf(decodeURIComponent(new URL(url, 'http://localhost').pathname));
    if (file === undefined) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await closeBrowser();
  server.close();
});

/** Every code of an error, as the sources declare them. */
const CODES = [...readFileSync(join(ROOT, 'src/errors.ts'), 'utf8').matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(
  ([, code = '']) => code,
);

const WIDTHS = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };
const PAGES = { start: '/', guide: '/guide/environment', reference: '/reference' };

describe.skipIf(!isBuilt() || chromiumPath() === undefined)('the site', () => {
  const cases = Object.entries(PAGES).flatMap(([name, path]) =>
    Object.entries(WIDTHS).map(([width, viewport]) => ({ name, path, width, viewport })),
  );

  test.each(cases)('shows the page $name at a $width window, without scrolling sideways', async (shown) => {
    const page = await newPage({ viewport: shown.viewport });
    await page.goto(`${base}${shown.path}`, { waitUntil: 'networkidle' });
    expect(await page.locator('main h1').count()).toBe(1);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    if (process.env['VARVE_WRITE_DOCS'] === '1')
      await page.screenshot({ path: join(ROOT, `docs/images/site-${shown.name}-${shown.width}.png`) });
  });

  test('shows the code that a page links to, at its end', async () => {
    const page = await newPage({ viewport: WIDTHS.wide });
    await page.goto(`${base}/examples/service/`, { waitUntil: 'networkidle' });
    await page.locator('main a', { hasText: 'deploy/greeter.service' }).first().click();
    expect(decodeURIComponent(new URL(page.url()).hash)).toBe('#deploygreeterservice');
    expect(await page.locator('h3#deploygreeterservice + div').textContent()).toContain('RestartPreventExitStatus=78');
  });

  test('highlights each line of code for both themes alike', () => {
    const [comment, keyword] = ['--shiki-light:#6A737D', '--shiki-dark:#F97583'];
    expect(readFileSync(join(SITE, 'index.html'), 'utf8')).toContain(keyword);
    const half = htmlFiles().filter((name) => readFileSync(join(SITE, name), 'utf8').includes(`${comment};${keyword}`));
    expect(half).toEqual([]);
  });

  test('links to no repository before there is one', () => {
    expect(htmlFiles().length).toBeGreaterThan(50);
    const linking = htmlFiles().filter((name) =>
      /href="[^"]*example\.invalid/.test(readFileSync(join(SITE, name), 'utf8')),
    );
    expect(linking).toEqual([]);
  });

  test('finds a page by a word in it', async () => {
    const page = await newPage({ viewport: WIDTHS.wide });
    await page.goto(base, { waitUntil: 'networkidle' });
    const input = page.locator('.VPLocalSearchBox input');
    // The page does not listen before its scripts have run.
    await vi.waitFor(
      async () => {
        await page.keyboard.press('Control+k');
        await input.waitFor({ timeout: 1000 });
      },
      { timeout: 30_000 },
    );
    await input.fill('fingerprint');
    await page.locator('.VPLocalSearchBox .result').first().click();
    await page.waitForURL(/#/);
    expect(await page.locator('main').textContent()).toMatch(/fingerprint/i);
  });

  test.each(CODES)('has an address for the error %s', async (code) => {
    const html = readFileSync(join(SITE, 'errors.html'), 'utf8');
    expect(html).toContain(`id="${code.toLowerCase()}"`);
  });

  test('shows the same program in three languages, one at a time', async () => {
    const page = await newPage({ viewport: WIDTHS.wide });
    await page.goto(`${base}/guide/settings`, { waitUntil: 'networkidle' });
    const tabs = page.locator('.vp-code-group').first();
    await tabs.getByText('CommonJS', { exact: true }).click();
    expect(await tabs.locator('.active pre').textContent()).toMatch(/require\('varve'\)/);
    expect(await tabs.locator('.tabs label').allTextContents()).toEqual(['TypeScript', 'JavaScript', 'CommonJS']);
  });
});
