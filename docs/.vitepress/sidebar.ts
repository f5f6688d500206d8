import type { DefaultTheme } from 'vitepress';

const group = (
  text: string,
  pages: Readonly<Record<string, string>>,
  isCollapsed = false,
): DefaultTheme.SidebarItem => ({
  text,
  ...(isCollapsed && { collapsed: true }),
  items: Object.entries(pages).map(([name, link]) => ({ text: name, link })),
});

/** The pages of the site by task. A test checks that every page is listed here. */
export const sidebar: DefaultTheme.SidebarItem[] = [
  group('Start', {
    'What varve is': '/',
    'From convict': '/from-convict',
    'From dotenv': '/from-dotenv',
    'From node-config': '/from-node-config',
  }),
  group('Guide', {
    Guide: '/guide',
  }),
  group('Cookbook', {
    'A service': '/examples/service/',
    'A tool with its own commands': '/examples/tool/',
    Fastify: '/examples/fastify/',
    NestJS: '/examples/nestjs/',
    'Tests of your own code': '/examples/testing/',
    Training: '/training',
    'Recursive learning': '/recursive-learning',
    Python: '/python',
    Assistants: '/assistants',
  }),
  group('Reference', {
    'Public names': '/reference',
    'Command line': '/cli',
    Errors: '/errors',
    Precedence: '/precedence',
    'Text to value': '/text-to-value',
    'API report': '/api-report',
  }),
  group('Operations', {
    Fleet: '/fleet',
    'The inspector': '/inspector',
    'Reliability of saving': '/reliability',
    Performance: '/performance',
    Releasing: '/releasing',
  }),
  group(
    'Design',
    {
      Decisions: '/decisions/',
      '1. convict only checks': '/decisions/01-convict-only-checks',
      '2. Layers are flat maps': '/decisions/02-layers-are-flat-maps',
      '3. Text becomes typed in one place': '/decisions/03-text-becomes-typed-in-one-place',
      '4. The file is edited as text': '/decisions/04-the-file-is-edited-as-text',
      '5. Compare and swap under a lock': '/decisions/05-compare-and-swap-under-a-lock',
      '6. Dependencies': '/decisions/06-dependencies',
      '7. etcd by its own protocols': '/decisions/07-etcd-by-its-own-protocols',
      '8. One copy for import and require': '/decisions/08-one-copy-for-import-and-require',
    },
    true,
  ),
];
