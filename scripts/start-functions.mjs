// The engine parses a function twice: where it is declared, and at its first call. It compiles a function in parentheses with its file,
// and the compile cache of Node.js then has it. So the build puts the functions of a start into parentheses.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A start whose functions count: with values from a file, `.env`, a variable and a flag. */
const PROGRAM = (library) => `const { defineConfig, loadConfigSync } = require(${JSON.stringify(library)});
const settings = {
  port: { doc: 'Port', format: 'port', default: 80, env: 'PORT' },
  level: { doc: 'Level', format: ['info', 'warn'], default: 'info', env: 'LEVEL' },
  server: {
    host: { doc: 'Host', format: String, default: 'a', env: 'HOST' },
    ratio: { doc: 'Ratio', format: Number, default: 1 },
    isOn: { doc: 'On', format: Boolean, default: true },
    retries: { doc: 'Retries', format: 'int', default: 3 },
    tags: { doc: 'Tags', format: Array, default: ['a'] },
  },
};
const definition = defineConfig({ name: 'app', file: 'app.json', dotenv: ['.env'], unknown: 'error', settings });
const config = loadConfigSync(definition, { argv: ['--server.retries=5'] });
if (config.values.server.retries !== 5 || config.get('level') !== 'warn') throw new Error('not loaded');
`;

/** Puts the functions of a start into parentheses, in a file of the library and in its source map. */
export function compileStartFunctions(path) {
  const file = realpathSync(path);
  const [code, map] = [file, `${file}.map`].map((one) => readFileSync(one, 'utf8'));
  let functions = functionsOfStart(file, code);
  for (;;) {
    writeFileSync(file, inParentheses(code, functions));
    const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    if (status === 0) break;
    // A function that the file calls above its declaration stays one.
    const [, name] = /Cannot access '(\S+)' before initialization/.exec(stderr) ?? [];
    if (!functions.some((one) => one.name === name)) throw new Error(stderr);
    functions = functions.filter((one) => one.name !== name);
  }
  writeFileSync(`${file}.map`, JSON.stringify(shifted(JSON.parse(map), code, functions)));
}

/** The functions that the file declares at its top, and that a start calls. */
function functionsOfStart(file, code) {
  const folder = mkdtempSync(join(tmpdir(), 'varve-build-'));
  try {
    writeFileSync(join(folder, 'start.cjs'), PROGRAM(file));
    writeFileSync(join(folder, 'app.json'), '{ "port": 81, "server": { "host": "b", "tags": ["c"] } }');
    writeFileSync(join(folder, '.env'), 'LEVEL=warn\n');
    const env = { PATH: process.env['PATH'], PORT: '82', NODE_V8_COVERAGE: join(folder, 'coverage') };
    const { status, stderr } = spawnSync(process.execPath, ['start.cjs'], { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const [name] = readdirSync(join(folder, 'coverage'));
    const { result } = JSON.parse(readFileSync(join(folder, 'coverage', name), 'utf8'));
    const { functions } = result.find(({ url }) => url === pathToFileURL(file).href);
    return functions
      .map(({ functionName, ranges: [{ startOffset, endOffset, count }] }) => {
        return { name: functionName, start: startOffset, end: endOffset, isCalled: count > 0 };
      })
      .filter(({ isCalled, start }) => isCalled && /^\n(?:async )?function \w/.test(code.slice(start - 1, start + 20)))
      .sort((a, b) => a.start - b.start);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `function load(file) {…}` as `const load = (function(file) {…});`. The engine gives the function the name of the constant. */
function inParentheses(code, functions) {
  let text = '';
  let done = 0;
  for (const { name, start, end } of functions) {
    const anonymous = code.slice(start, end).replace(`function ${name}(`, 'function(');
    text += `${code.slice(done, start)}const ${name} = (${anonymous});`;
    done = end;
  }
  return text + code.slice(done);
}

/** The map with parameters nine columns later, as above. Nothing follows the end of a function in its line. */
function shifted(map, code, functions) {
  const lines = map.mappings.split(';');
  for (const { start } of functions) {
    const line = code.slice(0, start).split('\n').length - 1;
    // `A` is the column 0 of the first segment, and `S` 9; the columns of the others are differences.
    lines[line] = lines[line].replace(/^A/, 'S');
  }
  return { ...map, mappings: lines.join(';') };
}
