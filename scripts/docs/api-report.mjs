/** Every public name with its declaration: what a program may rely on, in a form that shows each change as a line. */
export function apiReport(api) {
  const parts = api.map(({ subpath, names, mentioned }) => [
    `## ${subpath}`,
    ...names.map(declaration),
    ...(mentioned.length === 0 ? [] : ['### Named by these, and not exported', ...mentioned.map(declaration)]),
  ]);
  return `${[HEAD, ...parts.flat()].join('\n\n')}\n`;
}

const HEAD = `# The public API

Written by \`npm run docs\` from the declarations that the package brings; a test fails where it differs. A change of this page is a
change of the API: it needs its line in the changelog, and its version. [reference.md](reference.md) says what each name is for.`;

const declaration = ({ text }) => `\`\`\`ts signature\n${text}\n\`\`\``;
