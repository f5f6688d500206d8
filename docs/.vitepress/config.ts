import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type MarkdownOptions } from 'vitepress';
import { headingOf, isCode, withLinkedFiles } from './linked-files.ts';
import { sidebar } from './sidebar.ts';

const DOCS = fileURLToPath(new URL('..', import.meta.url));
const ROOT = join(DOCS, '..');
const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const REPOSITORY = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
/** Without an owner's repository, the site has no links to one. */
const HAS_REPOSITORY = !REPOSITORY.includes('example.invalid');

/** The anchor that code hosts give a heading, so that one link works there and on the site. */
const slugify = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** The address of a linked file: its code on the same page, or the file at the code host; `undefined` for a page. */
function fileAddress(link: string, page: string): string | undefined {
  if (/^[a-z]+:|^#|^\//.test(link)) return undefined;
  const path = resolve(dirname(page), link.replace(/#.*/, ''));
  if (isCode(path, DOCS)) return `#${slugify(headingOf(path, page))}`;
  const isPage = path.endsWith('.md') && !relative(DOCS, path).startsWith('..');
  if (isPage || !existsSync(path)) return undefined;
  return `${REPOSITORY}/${posix.join('blob/main', relative(ROOT, path).replaceAll('\\', '/'))}`;
}

/** Turns a link and its end into nothing, so that only its text stays. */
function removeLink(tokens: readonly Token[], at: number): void {
  const end = tokens.slice(at).find(({ type }) => type === 'link_close');
  for (const token of [tokens[at], end]) {
    if (token) Object.assign(token, { type: 'text', tag: '', nesting: 0, content: '' });
  }
}

/** Tabs of code: comments on a code host, a container of VitePress on the site. */
const TABS = { '<!-- code group -->': '\n::: code-group\n', '<!-- end of code group -->': '\n:::\n' };

type Markdown = Parameters<NonNullable<MarkdownOptions['config']>>[0];
type Token = ReturnType<Markdown['parse']>[number];

const extendMarkdown: MarkdownOptions['config'] = (md) => {
  md.core.ruler.before('normalize', 'code-groups', (state) => {
    for (const [comment, container] of Object.entries(TABS)) state.src = state.src.replaceAll(comment, container);
    if (state.env.path !== undefined) state.src = withLinkedFiles(state.src, state.env.path, DOCS);
  });
  md.core.ruler.push('link-to-files', ({ tokens, env }) => {
    for (const { children } of tokens) {
      for (const [i, token] of (children ?? []).entries()) {
        const link = token.type === 'link_open' ? token.attrGet('href') : null;
        const address = link === null ? undefined : fileAddress(link, env.path);
        if (address === undefined) continue;
        if (HAS_REPOSITORY || address.startsWith('#')) token.attrSet('href', address);
        else removeLink(children ?? [], i);
      }
    }
  });
};

/** By default, a line that takes 500 ms loses its colours, and the lines below it: on a busy machine, that of the first block. */
const withoutTimeLimit: MarkdownOptions['shikiSetup'] = (highlighter) => {
  const { codeToHtml } = highlighter;
  highlighter.codeToHtml = (code, options) => codeToHtml(code, { ...options, tokenizeTimeLimit: 0 });
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
  markdown: { anchor: { slugify }, toc: { slugify }, config: extendMarkdown, shikiSetup: withoutTimeLimit },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/' },
      { text: 'Reference', link: '/reference' },
      { text: 'Errors', link: '/errors' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    ...(HAS_REPOSITORY && { editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: 'Edit this page' } }),
  },
});
