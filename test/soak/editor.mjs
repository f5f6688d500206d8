// Edits a watched folder at random, well and badly, until it is killed; now and then it leaves a final state and says so.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const [folder, first] = [process.argv[2], Number(process.argv[3])];
const file = join(folder, 'app.json');
let number = first;

const any = (list) => list[Math.floor(Math.random() * list.length)];
const next = () => {
  number += 1;
  return number;
};
/** Two settings that are the same, at the two ends of a text of some length. */
const valid = (n = next()) =>
  JSON.stringify({ a: n, filler: 'x'.repeat(Math.floor(Math.random() * 20_000)), b: n }, null, any([undefined, 2]));

function replace(path, text) {
  const temporary = join(folder, `.soak-${process.pid}-${Math.random()}.tmp`);
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

async function inPieces(text, pieces, ms) {
  writeFileSync(file, '');
  for (let i = 0; i < pieces; i++) {
    appendFileSync(file, text.slice((i * text.length) / pieces, ((i + 1) * text.length) / pieces));
    await pause(Math.random() * ms);
  }
}

/** As Kubernetes swaps a mounted folder. */
function swapSecret() {
  const version = `..v${next()}`;
  const mount = join(folder, 'mount');
  const old = readdirSync(mount).filter((name) => name.startsWith('..v'));
  mkdirSync(join(mount, version));
  writeFileSync(join(mount, version, 'token'), `t${number}-${number}\n`);
  rmSync(join(mount, '..data_tmp'), { force: true });
  symlinkSync(version, join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  for (const name of old) rmSync(join(mount, name), { recursive: true, force: true });
}

const edits = [
  () => replace(file, valid()),
  () => writeFileSync(file, valid()),
  () => inPieces(valid(), 5, 30),
  () => inPieces(valid(), 3, 400),
  () => {
    for (let i = 0; i < 200; i++) (i % 2 ? replace : writeFileSync)(file, valid());
  },
  () => {
    if (existsSync(file)) unlinkSync(file);
    writeFileSync(file, valid());
  },
  () => {
    const target = join(folder, `target-${number % 3}.json`);
    writeFileSync(target, valid());
    const link = join(folder, `.link-${process.pid}`);
    rmSync(link, { force: true });
    symlinkSync(target, link);
    renameSync(link, file);
  },
  // What must never be delivered.
  () => writeFileSync(file, '{ "a": 1, "b":'),
  () => writeFileSync(file, `{ "a": ${next()}, "b": "many" }`),
  () => replace(file, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
  () => replace(file, '[]'),
  async () => {
    writeFileSync(file, '');
    await pause(200);
    writeFileSync(file, valid());
  },
  () => writeFileSync(join(folder, '.env'), `SOAK_ENV=${7 * next()}\n`),
  () => replace(join(folder, '.env'), `# a comment\nSOAK_ENV=${7 * next()}\n`),
  () => replace(join(folder, '.env'), 'SOAK_ENV=many\n'),
  () => swapSecret(),
];

for (;;) {
  for (let i = 0; i < 3 + Math.random() * 12; i++) {
    await any(edits)();
    await pause(Math.random() * 60);
  }
  const final = { file: next(), env: 7 * next() };
  any([replace, writeFileSync])(file, valid(final.file));
  any([replace, writeFileSync])(join(folder, '.env'), `SOAK_ENV=${final.env}\n`);
  swapSecret();
  const seen = new Promise((resolve) => process.once('message', resolve));
  process.send({ final: { ...final, token: `t${number}-${number}` } });
  await seen;
}
