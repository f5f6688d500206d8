// In a process of its own: Playwright replaces functions of node:fs.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { chromiumPath, closeBrowser, newPage, startUi } from './browser.ts';
import { project } from './project.ts';

vi.setConfig({ testTimeout: 120_000 });
afterAll(closeBrowser);

const INDEX = new URL('../../dist/index.mjs', import.meta.url).href;
const ENV = { SHOP_HTTP__OPTION_2: '2222', SHOP_MAIL__OPTION_1: 'many' };

/** Set it to write the pictures of the documentation. */
const isWriting = process.env['VARVE_WRITE_DOCS'] !== undefined;
const PICTURES = fileURLToPath(new URL('../../docs/images/', import.meta.url));

describe.skipIf(chromiumPath() === undefined)('the page at every size', () => {
  test.each([
    ['wide', { width: 1280, height: 800 }],
    ['narrow', { width: 360, height: 740 }],
    ['4k', { width: 3840, height: 2160 }],
  ])('%s: nothing is wider than the window, in light and dark', async (name, viewport) => {
    const ui = await startUi(project(INDEX).path, ['--write'], ENV, ['--queue.option-1', '77']);
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await newPage({ colorScheme, viewport });
      await page.goto(colorScheme === 'light' ? ui.address : page.url());
      await page.getByRole('grid').waitFor();
      const picture = async (kind: string) => {
        if (!isWriting || name === '4k') return;
        await page.screenshot({ path: join(PICTURES, `inspector-${name}-${colorScheme}${kind}.png`) });
      };
      const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      await picture('');
      expect(await overflow()).toBeLessThanOrEqual(0);
      await page.getByRole('searchbox').fill('http');
      await page.getByText('http.option_2', { exact: true }).click();
      await page.getByText('Without it: 22').waitFor();
      await picture('-open');
      expect(await overflow()).toBeLessThanOrEqual(0);
    }
  });
});
