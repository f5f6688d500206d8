import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type MarkdownOptions } from 'vitepress';
import { sidebar } from './sidebar.ts';

const DOCS = fileURLToPath(new URL('..', import.meta.url));
const ROOT = join(DOCS, '..');
const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const REPOSITORY = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

/** The anchor that code hosts give a heading, so that one link works there and on the site. */
const slugify = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** The address at the code host of a linked file; `undefined` for a page of the site. */
function repositoryAddress(link: string, page: string): string | undefined {
  if (/^[a-z]+:|^#|^\//.test(link)) return undefined;
  const path = resolve(dirname(page), link.replace(/#.*/, ''));
  const isPage = path.endsWith('.md') && !relative(DOCS, path).startsWith('..');
  if (isPage || !existsSync(path)) return undefined;
  return posix.join('blob/main', relative(ROOT, path).replaceAll('\\', '/'));
}

/** Tabs of code: comments on a code host, a container of VitePress on the site. */
const TABS = { '<!-- code group -->': '\n::: code-group\n', '<!-- end of code group -->': '\n:::\n' };

const extendMarkdown: MarkdownOptions['config'] = (md) => {
  md.core.ruler.before('normalize', 'code-groups', (state) => {
    for (const [comment, container] of Object.entries(TABS)) state.src = state.src.replaceAll(comment, container);
  });
  md.core.ruler.push('link-to-repository', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const link = token.type === 'link_open' ? token.attrGet('href') : null;
      const address = link === null ? undefined : repositoryAddress(link, env.path);
      if (address !== undefined) token.attrSet('href', `${REPOSITORY}/${address}`);
    }
  });
};

export default defineConfig({
  title: 'varve',
  description: 'Layered configuration for Node.js that shows where every value was written',
  lang: 'en',
  base: process.env['VARVE_SITE_BASE'] ?? '/',
  outDir: '../site',
  cacheDir: '../node_modules/.cache/vitepress',
  cleanUrls: true,
  lastUpdated: false,
  srcExclude: ['examples/**/node_modules/**'],
  rewrites: {
    'README.md': 'index.md',
    'guide/README.md': 'guide/index.md',
    'decisions/README.md': 'decisions/index.md',
    'examples/:name/README.md': 'examples/:name/index.md',
  },
  markdown: { anchor: { slugify }, toc: { slugify }, config: extendMarkdown },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/' },
      { text: 'Reference', link: '/reference' },
      { text: 'Errors', link: '/errors' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: 'Edit this page' },
    socialLinks: [],
  },
});
