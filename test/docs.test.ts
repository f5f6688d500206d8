import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
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

test('every link of the README leads to a file of the package', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(stdout);
  const packed: ReadonlySet<string> = new Set(files.map(({ path }: { path: string }) => path));
  const links = [...page('README.md').matchAll(/\]\(([^)\s#]+)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !/^https?:/.test(link) && !packed.has(link))).toEqual([]);
}, 60_000);

/** The address of a page on the site. */
const addressOf = (name: string): string =>
  `/${name.slice('docs/'.length, -'.md'.length)}`.replace(/^\/README$/, '/').replace(/\/README$/, '/');

test('the sidebar of the site lists every page, and nothing else', () => {
  const listed = sidebar.flatMap(({ items = [] }) => items.map(({ link }) => link));
  const pages = inDocs.filter((name) => name.endsWith('.md') && !name.includes('node_modules')).map(addressOf);
  expect(listed.toSorted()).toEqual(pages.toSorted());
});

/** The rows of a table of a page below its mark, as their cells. */
function rowsOf(text: string, mark: string): readonly (readonly string[])[] {
  const [, table = ''] = text.split(`<!-- table: ${mark} -->`);
  const [, , ...rows] = (/(?:^\|.*\n)+/m.exec(table)?.[0] ?? '').trim().split('\n');
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const codesOf = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);

const IN_SRC = readdirSync(join(root, 'src'), { withFileTypes: true });
const PARTS = IN_SRC.filter((entry) => entry.isDirectory()).map(({ name }) => name);

/** The other parts of `src`, and its entries, that the files of a part import. */
function importsOf(part: string): readonly string[] {
  const files = readdirSync(join(root, 'src', part), { recursive: true }).map(String);
  const imported = files
    .filter((name) => /\.tsx?$/.test(name))
    .flatMap((name) => {
      const path = join('src', part, name);
      return [...page(path).matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, to = '']) =>
        resolve(root, dirname(path), to),
      );
    })
    .map((path) => relative(join(root, 'src'), path).split(sep)[0] ?? '');
  return [...new Set(imported)]
    .filter((name) => name !== part && (PARTS.includes(name) || ['index.ts', 'tools.ts'].includes(name)))
    .toSorted();
}

describe('docs/architecture.md', () => {
  const rooms = rowsOf(page('docs/architecture.md'), 'rooms');
  const files = rowsOf(page('docs/architecture.md'), 'files');

  test('names every part of src', () => {
    expect(rooms.flatMap(([part]) => codesOf(part)).toSorted()).toEqual(PARTS.map((name) => `${name}/`).toSorted());
  });

  test('names files of src', () => {
    const named = files.flatMap(([file]) => codesOf(file));
    expect(named.filter((name) => !existsSync(join(root, 'src', name)))).toEqual([]);
  });

  test.each(rooms)('knows what %s imports', (part, _, imports) => {
    const named = codesOf(imports).map((name) => name.replace('/', ''));
    expect(named.toSorted()).toEqual(importsOf(codesOf(part)[0]?.replace('/', '') ?? ''));
  });
});

const DECISIONS = inDocs.filter((name) => /decisions.\d.*\.md$/.test(name));

test.each(DECISIONS)('%s has rejected options, figures, and when to reopen it', (name) => {
  expect(page(name)).toMatch(/^\*\*Rejected[.:]\*\*/m);
  expect(page(name)).toMatch(/^\*\*Reopen when\*\*/m);
  expect(page(name)).toMatch(/^\*\*Figures\.\*\*/m);
});
