/** The functions that our modules import from packages. */
const IMPORTED = {
  convict: ['default'],
  deepmerge: ['default'],
  dotenv: ['parse'],
  'fastest-levenshtein': ['distance'],
  ms: ['default'],
  'string-width': ['default'],
  yargs: ['default'],
};

const LAZY = '\0lazy:';

export const isLazyPackage = (id) => Object.hasOwn(IMPORTED, id);

/** A plugin of rolldown: a package is loaded by the first call of one of its functions, not by the import of varve. */
export const lazyPackages = {
  name: 'lazy-packages',
  resolveId(id, importer) {
    if (!isLazyPackage(id)) return undefined;
    return importer.startsWith(LAZY) ? { id, external: true } : `${LAZY}${id}`;
  },
  load(id) {
    return id.startsWith(LAZY) ? lazyModule(id.slice(LAZY.length)) : undefined;
  },
};

function lazyModule(name) {
  const exports = IMPORTED[name].map((member) =>
    member === 'default'
      ? // An ES module that is required has its default export as a member.
        'export default (...args) => (load().default ?? load())(...args);'
      : `export const ${member} = (...args) => load().${member}(...args);`,
  );
  return ['let loaded;', `const load = () => (loaded ??= require('${name}'));`, ...exports].join('\n');
}
