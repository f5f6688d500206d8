// The library starts from one file, `index.js`, and loads the rest of its modules when they are used. In src/, an import of such a
// module is like every other import; here it becomes a call that loads the file of the module (src/on-demand.ts).
import { createHash } from 'node:crypto';
import { relative, resolve } from 'node:path';

/**
 * What most programs do not need at their start: by what it is for, the modules that the start imports. A chunk contains these and
 * the modules that only they import.
 */
const CHUNKS = {
  /** Locations, explanations, and what is wrong with an input. */
  problems: [
    'config/unknown-key',
    'config/snapshot',
    'escape',
    'issue-texts',
    'explain',
    'formats/file-format',
    'json/canonical',
    'json/depth',
    'json/diagnostics',
    'json/gap',
    'json/parse',
    'json/position',
    'json/syntax-error',
    'load-option-mistakes',
    'near-names',
    'problems',
    'json/tree',
    'schema/refusal',
    'sources/dotenv-problem',
    'sources/file-place',
    'sources/file-problems',
    'sources/missing-file',
    'sources/unknown-variables',
    'secret-texts',
    'spellings',
    'stores/json-file/file-errors',
    'stores/json-file/follow-links',
    'stores/json-file/wrong-option',
    'stores/not-a-path',
    'unknown-keys',
    'unknown-mistakes',
    'unseen',
    'wrong-arguments',
    'warning-reporter',
    'sources/whole-variables',
  ],
  /** What only some definitions use. */
  features: [
    'computed',
    'config/member-edits',
    'config/migrate',
    'config/old-text',
    'config/open-draft',
    'config/open-keys',
    'given-members',
    'last-known-good-mistakes',
    'live-settings',
    'migrations',
    'overlaid-layer',
    'profile',
    'rule-checks',
    'rule-mistakes',
    'resolver',
    'rules',
    'schema/derived-cycles',
    'schema/expression',
    'schema/expression-syntax',
    'schema/member-path',
    'schema/members',
    'schema/open-groups',
    'schema/open-paths',
    'schema/reference',
    'schema/standard',
    'schema/union-group',
    'sources/directory',
    'sources/extended-files',
    'sources/earlier-place',
    'sources/extends-member',
    'sources/last-known-good',
    'sources/match-members',
    'sources/member-variables',
    'sources/migrate-in-memory',
    'sources/named-variables',
    'sources/program-source',
    'sources/reference-inputs',
    'sources/rename-members',
    'sources/resolver-inputs',
    'sources/secret-file',
    'stores/local-copy',
    'variant-file-mistakes',
  ],
  /** Files that are not JSON. */
  formats: ['formats/json5', 'formats/toml', 'formats/yaml'],
  /** Documentation, JSON Schema and help. */
  descriptions: [
    'config/group-members',
    'config/json-value',
    'config/layer-names',
    'describe',
    'describe-groups',
    'start/help',
    'start/load-config-or-exit',
  ],
  /** Changes, saves and reloads. */
  changes: [
    'json/with-values',
    'config/draft',
    'config/edits',
    'config/events',
    'config/file-changes',
    'config/files',
    'config/follow',
    'config/history',
    'config/other-choices',
    'config/override-layer',
    'config/redactor',
    'config/reload',
    'config/rename-snapshot',
    'config/repeated-snapshot',
    'config/reports',
    'config/reset',
    'config/resolve-texts',
    'config/resume',
    'config/set-all',
    'config/setting-changes',
    'config/share',
    'config/snapshot-shape',
    'config/state-checks',
    'config/subscribe',
    'config/take-latest',
    'config/take-members',
    'config/watch',
    'config/writable-file',
    'json/edit',
    'sources/files-watch',
    'sources/paths-watch',
    'sources/store-watch',
    'stores/json-file/create-file',
    'stores/json-file/in-place',
    'stores/json-file/save-file',
    'stores/json-file/watch-file',
    'stores/sha256',
  ],
};

/** The chunk that loads everything else too: a program that changes its configuration once may do so for days. */
const LOADS_ALL = 'changes';

const CHUNK_OF = new Map(
  Object.entries(CHUNKS).flatMap(([chunk, modules]) => modules.map((name) => [resolve('src', `${name}.ts`), chunk])),
);

/** The options of rolldown that put the modules into chunks. */
export const chunkOptions = {
  input: { preserveEntrySignatures: 'allow-extension' },
  output: {
    chunkFileNames: 'later/[name].js',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ debugName: 'chunks', name: (id, context) => chunks(context).get(id) ?? null }],
    },
  },
};

let found;

/** The chunk of each module; none for those that the start imports. */
function chunks(context) {
  if (found) return found;
  found = new Map();
  const add = (id, chunk) => {
    if (found.has(id)) return;
    found.set(id, chunk);
    for (const imported of context.getModuleInfo(id)?.importedIds ?? [])
      if (!CHUNK_OF.has(imported)) add(imported, chunk);
  };
  add(resolve('src/library.ts'));
  for (const [id, chunk] of CHUNK_OF) add(id, chunk);
  for (const id of CHUNK_OF.keys()) {
    if (!context.getModuleInfo(id))
      throw new Error(`scripts/chunks.mjs names ${relative('.', id)}, which the library does not import`);
  }
  return found;
}

/**
 * Connects the files that rolldown made, which `require` each other, so that
 * - `index.js` loads a chunk at the first use of one of its names, and exports nothing but the public names;
 * - a chunk is a function of the library that loads it, because the module registry of a test runner may have been reset since;
 * - the name of a chunk has a hash of the whole library: a program never loads a chunk of another version.
 * Every other line stays where it is, and `require_problems.name` becomes `library.problems.name`, which is as long, so that the source
 * maps stay valid.
 */
export function connected(output, publicNames) {
  const start = output.find(({ isEntry }) => isEntry);
  const hash = createHash('sha256');
  for (const { code } of output) hash.update(code);
  const version = hash.digest('hex').slice(0, 8);
  const chunks = output
    .filter((chunk) => chunk !== start)
    .map((chunk) => ({ ...chunk, fileName: chunk.fileName.replace(/\.js$/, `-${version}.js`) }));
  return [
    { ...start, code: linked(startCode(start, chunks, publicNames), chunks), exports: publicNames.all },
    ...chunks.map((chunk) => ({ ...chunk, code: linked(chunkCode(chunk), chunks) })),
  ];
}

/** The code with `library` for other files. A function of a chunk that is a value here loads the chunk when it is called. */
function linked(code, chunks) {
  return code.replaceAll(/\brequire_(\w+)\.([\w$]+)(\(?)/g, (_, part, name, call) => {
    const chunk = call === '' && chunks.find((one) => one.name === part);
    const [, isAsync] = (chunk && new RegExp(`^(async |)function ${name}\\(`, 'm').exec(chunk.code)) || [];
    const reference = `library.${part}.${name}`;
    return isAsync === undefined ? reference + call : `${isAsync}(...args) => ${reference}(...args)`;
  });
}

const REQUIRED = /^const require_\w+ = require\("\.\.?\/.*"\);$/gm;
const EXPORTED = /^exports\.([\w$]+) = (.*);$/gm;
const EXPORTED_VARIABLE =
  /^Object\.defineProperty\(exports, "([\w$]+)", \{\n\tenumerable: true,\n\tget: function\(\) \{\n\t\treturn (.*);\n\t\}\n\}\);$/gm;

/** The module of the functions that load chunks, which is the first one that needs them, and the comment of the next module. */
const AFTER_ON_DEMAND = /^(\/\/ src\/on-demand\.ts\n[\s\S]*?)^\/\/ .*$/m;

/** The code of the start. Names of other entries are not among those that `index.js` lists. */
function startCode({ code }, chunks, { all, listed }) {
  const own = [];
  const exports = { listed: [], others: [] };
  const exported = (_, name, value) => {
    if (!/^require_\w+\./.test(value)) own.push(`${name}: ${value}`);
    const names = listed.includes(name) ? exports.listed : exports.others;
    if (all.includes(name)) names.push(`${name}: ${value}`);
    return '';
  };
  const body = code
    .replace(EXPORTED, exported)
    .replace(EXPORTED_VARIABLE, exported)
    .replace(AFTER_ON_DEMAND, (_, before) => before + chunks.map(addedChunk).join(' '));
  const others = `__proto__: { ${exports.others.join(', ')} }`;
  return withEnd(body, [
    `addPart("index", () => ({ ${own.join(', ')} }));`,
    `module.exports = { ${[others, ...exports.listed].join(', ')} };`,
  ]);
}

function addedChunk({ name, fileName }) {
  const load = `require("./${fileName}")(library)`;
  return `addPart(${JSON.stringify(name)}, () => ${name === LOADS_ALL ? `(loadAll(), ${load})` : load});`;
}

function chunkCode({ code }) {
  // The engine compiles a function in parentheses at once. Another one it parses here, and again at its call.
  const beginning = 'module.exports = (function (library) { const exports = {}; ';
  return beginning + withEnd(withPlainExports(code), ['return exports;', '});']);
}

/** The code with values in place of getters, where no value changes after the file has loaded. */
export function withPlainExports(code) {
  return code.replace(EXPORTED_VARIABLE, (getter, name, value) =>
    new RegExp(`^let ${value}\\b`, 'm').test(code) ? getter : `exports.${name} = ${value};`,
  );
}

/** The code without its calls of `require` for other files of the library, and with more lines at its end. */
function withEnd(code, lines) {
  const [body, map] = code.replace(REQUIRED, '').split(/\n(?=\/\/# sourceMappingURL)/);
  return [body, ...lines, map].join('\n');
}
