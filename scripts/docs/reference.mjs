/** The reference: what each public name is for, from its doc comment. */
export function reference(api) {
  const [core] = api;
  return `${[HEAD, contents(api), ...settingMembers(core), ...api.flatMap(subpathPart)].join('\n\n')}\n`;
}

const HEAD = `# Reference

Every public name of every subpath, written by \`npm run docs\` from the doc comments in the sources; a test fails where it differs.
[api-report.md](api-report.md) has the bare declarations. Start with the [guide](guide/README.md); [errors](errors.md), the
[command line](cli.md), [precedence](precedence.md) and [text to value](text-to-value.md) have pages of their own.`;

/** The anchors of headings as GitHub makes them: the second `definition` is `definition-1`. */
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

function contents(api) {
  const anchor = anchors();
  const linked = (name) => `[\`${name}\`](#${anchor(name)})`;
  return [
    '- [What a setting may say](#what-a-setting-may-say)',
    ...api.map(({ subpath, names }) => {
      const code = names.filter(isCode);
      const types = names.filter((name) => !isCode(name));
      const list = (label, some) =>
        some.length === 0 ? '' : ` ${label}: ${some.map(({ name }) => linked(name)).join(' · ')}.`;
      return `- **[\`${subpath}\`](#${anchor(subpath)})**${list('to call', code)}${list('types', types)}`;
    }),
  ].join('\n');
}

/** The members of a setting: they are what most readers look for. */
function settingMembers({ names, mentioned }) {
  const { members } = names.find(({ name }) => name === 'SettingDefinition');
  const shared = mentioned.find(({ name }) => name === 'Declaration').members;
  return [
    '## What a setting may say',
    'A node of `settings` with a `default` is a setting; any other object is a group of settings, and `port: 8080` is short for ' +
      '`port: { default: 8080 }`. A convict schema is one as it stands. Further members are kept, and ignored.',
    memberTable([...members, ...shared.filter(({ name }) => !name.startsWith('['))]),
  ];
}

function subpathPart({ subpath, names }) {
  return [`## ${subpath}`, ...[...names.filter(isCode), ...names.filter((name) => !isCode(name))].flatMap(namePart)];
}

function namePart({ name, kind, text, doc, members }) {
  const title = [`### ${name}`, ...(doc === '' ? [] : [doc])];
  if (members.length === 0) return [...title, `\`\`\`ts signature\n${text}\n\`\`\``];
  const head = text.slice(0, text.indexOf('{')).trim();
  const shown = `\`\`\`ts signature\n${head}\n\`\`\``;
  return [...title, shown, kind === 'class' ? memberList(members) : memberTable(members)];
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
