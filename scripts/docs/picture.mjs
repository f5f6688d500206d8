// A picture of a terminal, drawn from what the commands really print with the definition of the README.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMANDS = [
  'SHOP_DB__POOL=30 varve list -- --db.pool 40',
  'SHOP_DB__POOL=30 varve explain db.pool -- --db.pool 40',
  'SHOP_DB__POOL=30 varve set db.pool 25',
  'SHOP_PORT=80a SHOP_LOG__LEVEL=inf varve validate',
];

const FILES = {
  'package.json': '{ "type": "module" }\n',
  'shop.json': '{\n  "log": { "level": "debug" },\n  "db": { "pool": 20 }\n}\n',
  '.env': 'SHOP_DB__PASSWORD=not shown\n',
};

/** The picture as SVG. Fails where a command prints a secret or nothing. */
export function terminalPicture(root) {
  const folder = mkdtempSync(join(tmpdir(), 'varve-picture-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/varve'));
    const [, definition] = /<!-- file: varve\.config\.mjs -->\n```js\n(.*?)```/s.exec(
      readFileSync(join(root, 'README.md'), 'utf8'),
    );
    for (const [name, text] of Object.entries({ ...FILES, 'varve.config.mjs': definition }))
      writeFileSync(join(folder, name), text);
    return drawn(
      COMMANDS.flatMap((command) => [
        `\x1b[36m$\x1b[39m \x1b[1m${command}\x1b[22m`,
        ...printed(command, { folder, root }),
        '',
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function printed(command, { folder, root }) {
  const line = command.replace('varve', `'${process.execPath}' '${join(root, 'dist/cli/main.js')}'`);
  const env = { PATH: process.env.PATH, HOME: folder, FORCE_COLOR: '1' };
  const { stdout } = spawnSync('sh', ['-c', `{ ${line}; } 2>&1`], { cwd: folder, env, encoding: 'utf8' });
  if (stdout === '' || stdout.includes('not shown')) throw new Error(`${command} printed ${JSON.stringify(stdout)}`);
  return stdout.trimEnd().split('\n');
}

/** In pixels. */
const CHARACTER = 8.4;
const LINE = 21;
const MARGIN = 20;
const TOP = 48;

const COLOURS = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
};
const FOREGROUND = '#d1d7e0';

function drawn(lines) {
  const columns = Math.max(...lines.map((line) => runsOf(line).reduce((sum, { text }) => sum + text.length, 0)));
  const width = Math.ceil(columns * CHARACTER + 2 * MARGIN);
  const height = TOP + (lines.length - 1) * LINE + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A terminal with varve list, explain, set and validate">
<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>
<circle cx="22" cy="20" r="6" fill="#ff5f57"/><circle cx="42" cy="20" r="6" fill="#febc2e"/><circle cx="62" cy="20" r="6" fill="#28c840"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${FOREGROUND}">
${lines.flatMap((line, i) => drawnLine(line, TOP + i * LINE)).join('\n')}
</g>
</svg>
`;
}

function drawnLine(line, y) {
  let column = 0;
  return runsOf(line).flatMap(({ text, colour, isBold, isDim }) => {
    const shown = text.trim();
    const x = (MARGIN + (column + text.indexOf(shown)) * CHARACTER).toFixed(1);
    column += text.length;
    if (shown === '') return [];
    const style = `${colour ? ` fill="${colour}"` : ''}${isBold ? ' font-weight="bold"' : ''}${isDim ? ' opacity="0.65"' : ''}`;
    // The length keeps columns in their place, whatever font there is.
    const length = `textLength="${(shown.length * CHARACTER).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
    return `<text x="${x}" y="${y + 10}" ${length}${style}>${escaped(shown)}</text>`;
  });
}

const NO_BREAK_SPACE = '\u00a0';

/** Text for SVG, which collapses ordinary spaces and would lose the columns. */
const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', NO_BREAK_SPACE);

/** An escape sequence that sets a style. */
const ESCAPE = new RegExp(`(${String.fromCharCode(27)}\\[\\d+m)`);

/** The parts of a line between its escape sequences, each with its style. */
function runsOf(line) {
  const style = {};
  return line.split(ESCAPE).flatMap((part) => {
    if (!ESCAPE.test(part)) return part === '' ? [] : [{ text: part, ...style }];
    const code = part.slice(2, -1);
    if (code === '1') style.isBold = true;
    else if (code === '2') style.isDim = true;
    else if (code === '22') Object.assign(style, { isBold: false, isDim: false });
    else style.colour = COLOURS[code];
    return [];
  });
}
