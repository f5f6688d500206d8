// Writes the pages that are made of the code: `npm run docs`. With --check it writes nothing, names what is stale, and exits with 1.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publicApi } from './docs/api.mjs';
import { apiReport } from './docs/api-report.mjs';
import { commandPage } from './docs/cli.mjs';
import { terminalPicture } from './docs/picture.mjs';
import { reference } from './docs/reference.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const api = publicApi(root);
const pages = {
  'docs/api-report.md': () => apiReport(api),
  'docs/cli.md': commandPage,
  'docs/reference.md': () => reference(api),
  'docs/terminal.svg': () => terminalPicture(root),
};

const read = (path) => {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return '';
  }
};

const isCheck = process.argv.includes('--check');
for (const [path, write] of Object.entries(pages)) {
  const before = read(path);
  const text = await write(before);
  if (text === before) continue;
  if (isCheck) {
    process.stderr.write(`${path} is stale. Write it anew: npm run docs\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(root, path), text);
    process.stdout.write(`${path}\n`);
  }
}
