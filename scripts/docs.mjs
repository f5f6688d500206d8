// Writes the pages that are made of the code: `npm run docs`. With --check it writes nothing, names what is stale, and exits with 1.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publicApi } from './docs/api.mjs';
import { apiReport } from './docs/api-report.mjs';
import { commandPage } from './docs/cli.mjs';
import { terminalPicture } from './docs/picture.mjs';
import { referencePages, undescribed } from './docs/reference.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const api = publicApi(root);
const pages = {
  'docs/api-report.md': () => apiReport(api),
  'docs/cli.md': (page) => commandPage(page, root),
  ...Object.fromEntries(Object.entries(referencePages(api)).map(([path, text]) => [path, () => text])),
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

for (const name of undescribed(api)) {
  process.stderr.write(`${name} has no doc comment: write one sentence\n`);
  process.exitCode = 1;
}

const isCheck = process.argv.includes('--check');
for (const [path, write] of Object.entries(pages)) {
  const before = read(path);
  const text = await write(before);
  if (text === before) continue;
  if (isCheck) {
    process.stderr.write(`${path} is stale. Write it anew: npm run docs\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`${path}\n`);
  }
}
