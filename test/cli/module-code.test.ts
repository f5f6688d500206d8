import { expect, test } from 'vitest';
import { moduleCode } from '../../src/cli/module-code.ts';

test.each([
  ["import { a } from 'varve';export default a;", "const { a } = $kept.import('varve');$kept.default= a;"],
  [
    '// first\nimport { a as b,\n  c,\n} from "varve/etcd"\nimport fs from \'node:fs\';\nexport default a;',
    "// first\nconst { a : b,\n  c,\n} = $kept.import('varve/etcd');\nconst fs = $kept.import('node:fs');\n$kept.default= a;",
  ],
  ['export default { a: 1 };', '$kept.default= { a: 1 };'],
  ['export default{ a: 1 }', '$kept.default={ a: 1 }'],
  ['export const a = 1;\nexport default a;', '       const a = 1;\n$kept.default= a;'],
  ['export default import.meta.url;', '$kept.default= $kept.meta .url;'],
  [
    `export default ['export default', \`import \${import.meta.dirname}\`];`,
    `$kept.default= ['export default', \`import \${$kept.meta .dirname}\`];`,
  ],
  [
    '/* import */ export default /export default|import/; // eval',
    '/* import */ $kept.default= /export default|import/; // eval',
  ],
  ['const f = async () => { await 1; };\nexport default f;', 'const f = async () => { await 1; };\n$kept.default= f;'],
  [
    'function f() { return arguments.length; }\nexport default f();',
    'function f() { return arguments.length; }\n$kept.default= f();',
  ],
])('%j is a function with the body %j', (source, code) => {
  expect(moduleCode(source)).toBe(code);
});

test.each([
  '',
  'module.exports = 1;',
  'module.exports = 1; // export default',
  'await 1;\nexport default 1;',
  'await (1);\nexport default 1;',
  'export default await 1;',
  `export default \`\${await 1}\`;`,
  "import './other.mjs';",
  "import { a } from './other.mjs';\nexport default a;",
  "import { a } from 'zod';\nexport default a;",
  "import * as path from 'node:path';\nexport default path;",
  "import { default as fs } from 'node:fs';\nexport default fs;",
  "import data from './data.json' with { type: 'json' };\nexport default data;",
  "import data from 'node:fs'\nwith { type: 'json' };\nexport default data;",
  "const a = 1;\nimport { b } from 'varve';\nexport default b;",
  "export default () => import('varve');",
  'export default import.meta;',
  "export default import.meta.resolve('varve');",
  'const a = { import: { meta: { url: 1 } } };\nexport default a.import.meta.url;',
  'const a = {};\nexport default a.import;',
  'const a = 1;\nexport { a as default };',
  "export * from 'varve';",
  'export default function settings() {}',
  'export default class {}',
  'export default async function () {}',
  'export const { a } = { a: 1 };\nexport { a as b };',
  "export default eval('1');",
  'let a = 2;\nexport default 1 <!--a;',
  'export default arguments;',
  'const $kept = 1;\nexport default $kept;',
])('%j is left to Node.js', (source) => {
  expect(moduleCode(source)).toBeUndefined();
});
