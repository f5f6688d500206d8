/** A page of the reference: its file, its title, what it is for, and what of the API belongs to it. */
export const TOPICS = [
  {
    page: 'definition',
    title: 'Definitions',
    intro:
      'A *definition* names a configuration, its files and its settings. [Define settings](../guide/settings.md) is the guide; ' +
      '[members of a setting](settings.md) lists what one setting may have.',
    sources: ['definition', 'describe', 'schema/', 'unknown-keys', 'rules', 'profile'],
  },
  {
    page: 'load',
    title: 'Loading and starting',
    intro:
      'From a definition to a configuration. [Flags and help](../guide/flags.md) and [testing](../guide/testing.md) are the guides.',
    sources: ['load', 'start/', 'sources/dotenv'],
  },
  {
    page: 'config',
    title: 'Reading, changing and saving',
    intro:
      'The guides: [read values](../guide/reading.md), [change and save](../guide/saving.md). The *file layer* is what the one ' +
      'writable file provides; a *pending* change is made and not saved.',
    sources: ['config/', 'explanation'],
    names: [
      'AnyKey',
      'ConfigValues',
      'Mutable',
      'NewValue',
      'OpenKey',
      'SettingKey',
      'UnknownMembers',
      'ValueAt',
      'Values',
    ],
  },
  {
    page: 'events',
    title: 'Live reload and sharing',
    intro: 'The guides: [live reload](../guide/live-reload.md), [training](../training.md#following-changes).',
    sources: ['config/events', 'config/watch', 'config/follow', 'config/share', 'config/port'],
    names: ['lastRejection'],
  },
  {
    page: 'runs',
    title: 'Snapshots and runs',
    intro:
      'A *snapshot* holds the values of one moment with their origins; its *fingerprint* is a hash that is equal for equal ' +
      'values. [Training](../training.md#which-configuration-was-it) is the guide.',
    sources: ['config/snapshot', 'config/snapshot-shape', 'config/resume'],
    names: ['incomparableSecrets', 'renameSnapshot', 'repeatedSnapshot', 'resumeReport'],
  },
  {
    page: 'issues',
    title: 'Errors, warnings and messages',
    intro: '[Errors](../errors.md) explains each code with its cause and its remedy.',
    sources: ['errors', 'issue-texts', 'key', 'near-names', 'config/redactor'],
  },
  {
    page: 'sources',
    title: 'Layers and sources',
    intro: 'A *source* produces the entries of one layer. [Your own source](../guide/sources.md) is the guide.',
    sources: ['layer', 'sources/'],
  },
  {
    page: 'stores',
    title: 'Stores',
    intro:
      'A *store* keeps the document of the file layer: in a file, in etcd or in PostgreSQL. [Fleet](../fleet.md) and ' +
      '[your own store](../guide/stores.md) are the guides. A *revision* names one state of the document.',
    sources: ['stores/', 'config/history', 'sources/rename', 'testing/'],
  },
  {
    page: 'command-line',
    title: '`varve/cli`: the commands in a program of your own',
    intro: '[A tool with its own commands](../examples/tool/README.md) is the guide.',
    sources: ['cli/'],
  },
  {
    page: 'assistants',
    title: '`varve/mcp`: a configuration for an assistant',
    intro: '[Assistants](../assistants.md) is the guide.',
    sources: ['mcp/'],
  },
  {
    page: 'inspector',
    title: '`varve/inspector`: the layers in a browser',
    intro: '[The inspector](../inspector.md) is the guide.',
    sources: ['inspector/'],
  },
  {
    page: 'recursive-learning',
    title: '`varve/recursive-learning`: the configuration of a training run',
    intro: '[Recursive learning](../recursive-learning.md) is the guide.',
    sources: ['recursive-learning/'],
  },
];

/** The topic of a public name: by its name, else by the longest beginning of the file that declares it. */
export function topicOf({ name, source }) {
  const named = TOPICS.find(({ names = [] }) => names.includes(name));
  if (named !== undefined) return named;
  const isFrom = (begin) => source === begin || (begin.endsWith('/') && source.startsWith(begin));
  const rank = ({ sources }) => Math.max(0, ...sources.filter(isFrom).map(({ length }) => length));
  const best = TOPICS.toSorted((a, b) => rank(b) - rank(a))[0];
  return rank(best) === 0 ? TOPICS[0] : best;
}
