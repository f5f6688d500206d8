import { readdirSync, readFileSync } from 'node:fs';
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

/** The pages of decisions by their headings, which begin with their numbers. */
function decisions(): Readonly<Record<string, string>> {
  const folder = new URL('../decisions/', import.meta.url);
  const names = readdirSync(folder).filter((name) => /^\d.*\.md$/.test(name));
  return Object.fromEntries(
    names.sort().map((name) => {
      const [, heading = name] = /^# (.*)$/m.exec(readFileSync(new URL(name, folder), 'utf8')) ?? [];
      return [heading.replaceAll('`', ''), `/decisions/${name.slice(0, -'.md'.length)}`];
    }),
  );
}

/** The pages of the site by task. A test checks that every page is listed here. */
export const sidebar: DefaultTheme.SidebarItem[] = [
  group('Start', {
    'What varve is': '/',
    'From convict': '/from-convict',
    'From dotenv and yargs': '/from-dotenv',
    'From node-config': '/from-node-config',
    'From zod and dotenv': '/from-zod',
    'From envalid and t3-env': '/from-envalid',
    'From c12': '/from-c12',
    'From pydantic-settings': '/from-pydantic-settings',
    'From Hydra': '/from-hydra',
    'Libraries that change their options': '/mutable-options',
  }),
  group('Guide', {
    'All tasks': '/guide/',
    'Define settings': '/guide/settings',
    Formats: '/guide/formats',
    'Groups by name': '/guide/groups-by-name',
    Variants: '/guide/variants',
    'References and derived defaults': '/guide/references',
    Resolvers: '/guide/resolvers',
    'Environment and .env': '/guide/environment',
    Secrets: '/guide/secrets',
    'Rules across settings': '/guide/rules',
    'Flags and help': '/guide/flags',
    Files: '/guide/files',
    'Profiles and overlays': '/guide/profiles',
    'Read values': '/guide/reading',
    'Change and save': '/guide/saving',
    'Live reload': '/guide/live-reload',
    'Change settings between releases': '/guide/releases',
    'Migrate the file': '/guide/migrations',
    Testing: '/guide/testing',
    'Several services': '/guide/several-services',
    'Your own source': '/guide/sources',
    'Your own store': '/guide/stores',
    'Operate a program': '/guide/operating',
    Kubernetes: '/guide/kubernetes',
    'systemd and containers': '/guide/systemd-and-containers',
    Editors: '/guide/editors',
  }),
  group('Cookbook', {
    'A service': '/examples/service/',
    'Three databases by name': '/examples/databases/',
    'Layouts of other tools': '/examples/layouts/',
    'A tool with its own commands': '/examples/tool/',
    Fastify: '/examples/fastify/',
    NestJS: '/examples/nestjs/',
    Express: '/examples/express/',
    'Next.js': '/examples/nextjs/',
    Electron: '/examples/electron/',
    'A monorepo': '/examples/monorepo/',
    'A single executable': '/examples/executable/',
    'Tests of your own code': '/examples/testing/',
    'A Hydra configuration': '/examples/hydra/',
    'Schemas for training': '/examples/schemas/',
    Training: '/training',
    'Recursive learning': '/recursive-learning',
    Python: '/python',
    Assistants: '/assistants',
    'For assistants that use varve': '/skill',
  }),
  group('Reference', {
    'All public names': '/reference',
    'Members of a setting': '/reference/settings',
    Definitions: '/reference/definition',
    'Loading and starting': '/reference/load',
    'Reading, changing, saving': '/reference/config',
    'Reload and sharing': '/reference/events',
    'Snapshots and runs': '/reference/runs',
    'Issues and messages': '/reference/issues',
    'Layers and sources': '/reference/sources',
    Stores: '/reference/stores',
    'varve/cli': '/reference/command-line',
    'varve/mcp': '/reference/assistants',
    'varve/inspector': '/reference/inspector',
    'varve/recursive-learning': '/reference/recursive-learning',
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
  group('Design', { Architecture: '/architecture', Decisions: '/decisions/', ...decisions() }, true),
];
