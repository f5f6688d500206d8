import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sidebar } from '../docs/.vitepress/sidebar.ts';
import { blocksOf } from './pages/blocks.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = (name: string): string => readFileSync(join(root, name), 'utf8');

test('the command of the README shows all four layers', () => {
  const block = blocksOf(page('README.md')).find(({ text }) => text.includes('npm start'));
  expect(block?.text).toBe('RL_TRUST_THRESHOLD=0.85 npm start -- --batch-size-days 60\n');
  const { status, stdout } = spawnSync('sh', ['-c', block?.text ?? ''], { cwd: root, encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^batch_size_days +60 +flag /m);
  expect(stdout).toMatch(/^trust_threshold +0\.85 +env /m);
  expect(stdout).toMatch(/: 1 flag, 1 env, \d+ file/);
}, 120_000);

const inDocs = readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join('docs', String(name)));
const PAGES = [
  'README.md',
  'AGENTS.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'llms.txt',
  ...inDocs.filter((name) => name.endsWith('.md')),
];

/** The anchors of a page as GitHub makes them of its headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) => {
      const plain = heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-');
      const times = seen.get(plain) ?? 0;
      seen.set(plain, times + 1);
      return times === 0 ? plain : `${plain}-${times}`;
    }),
  );
}

test.each(PAGES)('the links of %s lead somewhere', (name) => {
  const text = page(name).replaceAll(/^```.*?^```|`[^`\n]*`/gms, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link as string);
  const dead = links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? name : resolve(root, dirname(name), path);
    if (!existsSync(resolve(root, target))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(resolve(root, target), 'utf8')).has(anchor);
  });
  expect(dead).toEqual([]);
});

/** The address of a page on the site. */
const addressOf = (name: string): string =>
  `/${name.slice('docs/'.length, -'.md'.length)}`.replace(/^\/README$/, '/').replace(/\/README$/, '/');

test('the sidebar of the site lists every page, and nothing else', () => {
  const listed = sidebar.flatMap(({ items = [] }) => items.map(({ link }) => link));
  const pages = inDocs.filter((name) => name.endsWith('.md') && !name.includes('node_modules')).map(addressOf);
  expect(listed.toSorted()).toEqual(pages.toSorted());
});
