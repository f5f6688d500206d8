import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { requireOwnProcess } from '../process-state.ts';

requireOwnProcess('Playwright replaces functions of node:fs');

/** Where Debian and common systems install Chromium; `VARVE_CHROMIUM` names another one. */
const PATHS = [
  process.env['VARVE_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The path of a Chromium; `undefined` where there is none. CI requires one by `VARVE_REQUIRE_CHROMIUM=1`. */
export function chromiumPath(): string | undefined {
  const path = PATHS.find((one) => one !== undefined && existsSync(one));
  if (path) return path;
  const isRequired = process.env['VARVE_REQUIRE_CHROMIUM'] === '1';
  if (isRequired && installChromium()) return PATHS.find((one) => one !== undefined && existsSync(one));
  const message =
    'The inspector is NOT tested in a browser: no Chromium was found (install it, or set VARVE_CHROMIUM).';
  if (isRequired) throw new Error(message);
  console.warn(message);
  return undefined;
}

/** Installs Debian's Chromium on a machine that is required to have one. */
function installChromium(): boolean {
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  spawnSync('apt-get', [...wait, 'update'], { stdio: 'ignore' });
  return spawnSync('apt-get', [...wait, 'install', '-y', 'chromium'], { stdio: 'ignore' }).status === 0;
}

let browser: Browser | undefined;
let page: Page | undefined;

/** What a page begins with: by default a window of 1280 × 720 in light. */
interface PageOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/**
 * The page, without cookies and stored data. It is the same one for all tests of a file, as a context or a tab of its own
 * takes Chromium as long as a test.
 */
export async function newPage({
  viewport = { width: 1280, height: 720 },
  colorScheme = 'light',
}: PageOptions = {}): Promise<Page> {
  page ??= await startBrowser();
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
  onTestFinished(clearPage);
  return page;
}

async function startBrowser(): Promise<Page> {
  browser = await chromium.launch({
    executablePath: chromiumPath() ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const started = await browser.newPage();
  started.on('pageerror', (error) => {
    throw error;
  });
  return started;
}

async function clearPage(): Promise<void> {
  if (page === undefined) return;
  page.removeAllListeners('response');
  if (page.url().startsWith('http')) await page.evaluate('localStorage.clear(); sessionStorage.clear()');
  await page.goto('about:blank');
  await page.context().clearCookies();
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
  page = undefined;
}

/** A running `varve ui`. */
export interface Ui {
  readonly address: string;
  readonly base: string;
  readonly child: ChildProcess;
}

/** Starts `varve ui` and returns the address that it prints. */
export async function startUi(
  cwd: string,
  words: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  rest: readonly string[] = [],
): Promise<Ui> {
  const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
  const after = rest.length > 0 ? ['--', ...rest] : [];
  const child = spawn(process.execPath, [main, 'ui', ...words, ...after], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      const [line] = stdout.match(/http\S+/) ?? [];
      if (line) resolve(line);
    });
    child.on('exit', (code) => reject(new Error(`varve ui ended with ${code}: ${stderr}`)));
  });
  return { address, base: new URL(address).origin, child };
}

/** The row of a key. */
export function row(page: Page, key: string): Locator {
  return page.getByRole('row').filter({ has: page.getByText(key, { exact: true }) });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The violations that axe finds, each with its first element. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  // CSP forbids inline scripts, so the script is evaluated by the debugger.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}
