import { TOPICS, topicOf } from './topics.mjs';

/** The pages of the reference by their paths: an index, a page of the members of a setting, and a page for each topic. */
export function referencePages(api) {
  const names = api.flatMap(({ subpath, names, mentioned }) =>
    [...names, ...sharedBases(names, mentioned)]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((name) => ({ ...name, subpath, topic: topicOf(name) })),
  );
  const members = settingMembers(api[0]);
  return {
    'docs/reference.md': index(names, members),
    'docs/reference/settings.md': settingsPage(members),
    ...Object.fromEntries(
      TOPICS.map((topic) => [
        `docs/reference/${topic.page}.md`,
        topicPage(
          topic,
          names.filter((name) => name.topic === topic),
        ),
      ]),
    ),
  };
}

/** The types without a public name that public interfaces extend, apart from what the page of the members of a setting has. */
function sharedBases(names, mentioned) {
  return mentioned
    .filter(({ name }) => name !== 'Declaration' && names.some(({ text }) => text.includes(` extends ${name}<`)))
    .map((base) => ({ ...base, doc: `${base.doc} Not exported.` }));
}

/** The public names, and the members of them, that have no description. */
export function undescribed(api) {
  return api
    .flatMap(({ names, mentioned }) => [...names, ...sharedBases(names, mentioned)])
    .flatMap(({ name, doc, members }) => [
      ...(doc === '' ? [name] : []),
      ...members.filter((member) => member.doc === '').map((member) => `${name}.${member.name}`),
    ]);
}

/** The anchors of headings as code hosts make them: the second `definition` is `definition-1`. */
function anchors() {
  const seen = new Map();
  return (heading) => {
    const plain = heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    const times = seen.get(plain) ?? 0;
    seen.set(plain, times + 1);
    return times === 0 ? plain : `${plain}-${times}`;
  };
}

const isCode = ({ kind }) => kind !== 'type';
const inOrder = (names) => [...names.filter(isCode), ...names.filter((name) => !isCode(name))];
const lines = (parts) => `${parts.join('\n\n')}\n`;

/** The names of a topic with their anchors on its page. */
function anchored(names) {
  const anchor = anchors();
  return inOrder(names).map((name) => [name, anchor(name.name)]);
}

const INDEX = `# Reference

Every public name, by topic. A program imports from \`varve\`; command lines, editors and stores over varve find the rest of what they
need in \`varve/tools\`. \`npm run docs\` writes these pages from the comments in the sources, and a test fails when they differ.
[The API report](api-report.md) lists the bare declarations. Begin with the [guide](guide/README.md); [errors](errors.md), the
[command line](cli.md), [precedence](precedence.md) and [text to value](text-to-value.md) have their own pages.`;

function index(names, members) {
  const memberLinks = members.map(({ name }) => `[\`${name}\`](reference/settings.md#${name.toLowerCase()})`);
  return lines([
    INDEX,
    `## [Members of a setting](reference/settings.md)`,
    memberLinks.join(' · '),
    ...TOPICS.flatMap((topic) => topicIndex(topic, names)),
  ]);
}

function topicIndex(topic, all) {
  const names = anchored(all.filter((name) => name.topic === topic));
  if (names.length === 0) return [];
  const rows = names
    .filter(([name]) => isCode(name))
    .map(
      ([{ name, doc }, anchor]) =>
        `| [\`${name}\`](reference/${topic.page}.md#${anchor}) | ${cell(firstSentence(doc))} |`,
    );
  const types = names
    .filter(([name]) => !isCode(name))
    .map(([{ name }, anchor]) => `[\`${name}\`](reference/${topic.page}.md#${anchor})`);
  return [
    `## [${topic.title}](reference/${topic.page}.md)`,
    ...(rows.length === 0 ? [] : [['| name | |', '| --- | --- |', ...rows].join('\n')]),
    ...(types.length === 0 ? [] : [`Types: ${types.join(' · ')}`]),
  ];
}

const firstSentence = (doc) => /^.*?[.?!](?=\s|$)/s.exec(doc)?.[0] ?? doc;

/** The members of a setting with their descriptions; those of its declaration come first. */
function settingMembers({ names, mentioned }) {
  const { members } = names.find(({ name }) => name === 'SettingDefinition');
  const shared = mentioned.find(({ name }) => name === 'Declaration').members;
  return [...members, ...shared.filter(({ name }) => !name.startsWith('['))];
}

const SETTINGS = `# Members of a setting

A node of \`settings\` with a \`default\` is a *setting*; any other object is a *group* of settings, and \`port: 8080\` is short for
\`port: { default: 8080 }\`. A convict schema loads unchanged. A setting may have members that are not on this page; they have no effect.

Each example is one setting of a definition with \`name: 'app'\`, \`file: 'app.json'\` and \`envPrefix: 'APP'\`. After \`//\` come the
input, an arrow, and the value or the message. The input is a variable, a flag, or the text of \`app.json\`. The folder has a file \`secret.txt\`
that contains \`correct horse\`. A test runs each line.

Functions declare what a plain node cannot: [\`each\`](../guide/groups-by-name.md), a group for each name that the layers give;
[\`eachOf\`](../guide/groups-by-name.md#lists-of-groups), a list of groups; [\`variants\`](../guide/variants.md), settings that depend on a choice, also with
[a file for each choice](../guide/variants.md#a-file-for-each-choice); and [\`derived\`](../guide/references.md#a-derived-default), a default computed from
other settings. Members of the definition itself turn on [references](../guide/references.md#references-in-texts) inside texts,
[resolvers](../guide/resolvers.md) of single values, and [migrations](../guide/migrations.md) of files of older releases.`;

const settingsPage = (members) =>
  lines([
    SETTINGS,
    ...members.flatMap(({ name, text, doc, examples }) => [
      `## ${name}`,
      `\`${shortMember(text)}\``,
      doc,
      ...examples.map((example) => `\`\`\`js setting\n${example}\n\`\`\``),
    ]),
  ]);

function topicPage({ title, intro }, names) {
  const subpaths = [...new Set(names.map(({ subpath }) => subpath))].map((subpath) => `\`${subpath}\``).join(', ');
  const links = anchored(names).map(([{ name }, anchor]) => `[\`${name}\`](#${anchor})`);
  return lines([
    `# ${title}`,
    `${intro} Import from ${subpaths}.`,
    links.join(' · '),
    ...inOrder(names).flatMap((name) => namePart(name)),
  ]);
}

function namePart({ name, kind, text, doc, examples, members, subpath }) {
  const head = members.length === 0 ? text : text.slice(0, text.indexOf('{')).trim();
  return [
    `## ${name}`,
    ...(subpath === 'varve' ? [] : [`From \`${subpath}\`.`]),
    doc,
    `\`\`\`ts signature\n${head}\n\`\`\``,
    ...examples.map((example) => `\`\`\`js\n${example}\n\`\`\``),
    ...(members.length === 0 ? [] : [kind === 'class' ? memberList(members) : memberTable(members)]),
  ].filter((part) => part !== '');
}

const oneLine = (text) => text.replaceAll(/\s+/g, ' ').replace(/;$/, '');

/** A member without what is the same for all: none may be assigned, and one that may be absent may be `undefined`. */
const shortMember = (text) =>
  oneLine(text)
    .replace('readonly ', '')
    .replace(/^(\w+\?: .*) \| undefined$/, '$1');

function memberTable(members) {
  const rows = members.map(({ text, doc }) => `| \`${cell(shortMember(text))}\` | ${cell(oneLine(doc))} |`);
  return ['| member | |', '| --- | --- |', ...rows].join('\n');
}

/** A bar ends a cell, in code too. */
const cell = (text) => text.replaceAll('|', '\\|');

function memberList(members) {
  return members
    .map(({ text, doc }) => {
      const [first = '', ...more] = doc.split('\n\n');
      return [
        `- \`${oneLine(text)}\`${first === '' ? '' : `  \n  ${first}`}`,
        ...more.map((paragraph) => `  ${paragraph}`),
      ].join('\n\n');
    })
    .join('\n');
}
