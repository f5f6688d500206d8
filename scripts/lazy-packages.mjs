/** The functions that the library imports from packages. */
const IMPORTED = {
  convict: ['default'],
  deepmerge: ['default'],
  dotenv: ['parse'],
  'fastest-levenshtein': ['distance'],
  ms: ['default'],
};

const LAZY = '\0lazy:';

/** A plugin of rolldown: a package is loaded by the first call of one of its functions, not by the import of the library. */
export const lazyPackages = {
  name: 'lazy-packages',
  resolveId(id) {
    return Object.hasOwn(IMPORTED, id) ? `${LAZY}${id}` : undefined;
  },
  load(id) {
    return id.startsWith(LAZY) ? lazyModule(id.slice(LAZY.length)) : undefined;
  },
};

function lazyModule(name) {
  const exports = IMPORTED[name].map((member) =>
    member === 'default'
      ? 'export default (...args) => load()(...args);'
      : `export const ${member} = (...args) => load().${member}(...args);`,
  );
  return [
    "import { createRequire } from 'node:module';",
    'let loaded;',
    `const load = () => (loaded ??= createRequire(import.meta.url)('${name}'));`,
    ...exports,
  ].join('\n');
}
